# Lab 17, self: nobody listens, and the client is connected all the same: to
# itself. Each segment comes back to the socket that sent it.
server listen(3, 5) = 0
server exits 0

either
client connect(3, server:port)
        client > client   SYN       seq A
        client > client   SYN-ACK   seq A      ack A+1
        client > client   ACK       seq A+1    ack A+1
client connect = 0
client send(3, "hello", 5, 0)
        client > client   DATA      seq A+1    ack A+1   len 5
client send = 5
client recv(3, "hello") = 5
client close(3)
        client > client   FIN       seq A+6    ack A+6
        client > client   ACK       seq A+7    ack A+7
client close = 0
client exits 0
client state TIME-WAIT
or
# The port that the kernel chose was another one.
client connect(3, server:port)
        client > server   SYN       seq A
        client < server   RST       seq 0      ack A+1
client connect = -1 ECONNREFUSED
client exits 1
end
