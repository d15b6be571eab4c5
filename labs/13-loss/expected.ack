# The third segment is lost. The data behind it has the same acknowledgment:
# nobody sends again.
client  connect(3, server:port)
        client > server   SYN       seq A
        client < server   SYN-ACK   seq B        ack A+1
        client > server   ACK       seq A+1      ack B+1  lost
client  connect = 0
client  send(3, "xxx", 3, 0)
        client > server   DATA      seq A+1      len 3
client  send = 3
server  recv(4, *, 3, MSG_WAITALL) = 3
server  prints "server: received 3 bytes; damaged segments: 0\n"
server  send(4, "all", 3, 0)
        client < server   DATA      seq B+1      ack A+4  len 3
server  send = 3
client  recv(3) = 3
client  getsockopt(3, IPPROTO_TCP, TCP_INFO) = 0
client  prints "client: sent again: 0\n"
client  close(3)
        client > server   FIN       seq A+4      ack B+4
client  close = 0
server  recv = 0
server  close(4)
        client < server   FIN       seq B+4      ack A+5
        client > server   ACK       seq A+5      ack B+5
server  close = 0
client  state TIME-WAIT
