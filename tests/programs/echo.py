"""An echo server and its client that write down every call they make.

    echo.py server PORT CLIENTS | echo.py client PORT CLIENTS

Descriptors are used by os.read() and os.write() where the socket class would
make calls of its own, such as getsockname() for a connection it accepted.
"""
import _socket
import errno
import os
import sys
import threading

log = os.open(os.environ["CALLS_LOG"],
              os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def said(words, result):
    line = "%d %s = %s\n" % (threading.get_native_id(), words, result)
    os.write(log, line.encode())
    return result


def failed(error):
    return "-1 %s (%s)" % (errno.errorcode[error.errno], error.strerror)


def new_socket():
    s = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM, 0)
    said("socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0)", s.fileno())
    return s


def echo(fd):
    while True:
        octets = os.read(fd, 64)
        said('read(%d, "%s", 64)' % (fd, octets.decode()), len(octets))
        if not octets:
            break
        said('write(%d, "%s", %d)' % (fd, octets.decode(), len(octets)),
             os.write(fd, octets))
    os.close(fd)
    said("close(%d)" % fd, 0)


def serve(port, clients):
    s = new_socket()
    fd = s.fileno()
    s.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
    said("setsockopt(%d, SOL_SOCKET, SO_REUSEADDR, [1], 4)" % fd, 0)
    s.bind(("127.0.0.1", port))
    said("bind(%d, 127.0.0.1:%d)" % (fd, port), 0)
    s.listen(5)
    said("listen(%d, 5)" % fd, 0)
    threads = []
    for _ in range(clients):
        connection, peer = s._accept()
        said("accept4(%d, %s:%d, SOCK_CLOEXEC)" % ((fd,) + peer), connection)
        threads.append(threading.Thread(target=echo, args=(connection,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    s.close()
    said("close(%d)" % fd, 0)


def talk(port, clients):
    for i in range(clients):
        s = new_socket()
        fd = s.fileno()
        words = "client %d" % i
        try:
            s.connect(("127.0.0.1", port + 1))
        except OSError as error:
            said("connect(%d, 127.0.0.1:%d)" % (fd, port + 1), failed(error))
        s.connect(("127.0.0.1", port))
        said("connect(%d, 127.0.0.1:%d)" % (fd, port), 0)
        said('send(%d, "%s", %d, 0)' % (fd, words, len(words)),
             s.send(words.encode()))
        octets = s.recv(64)
        said('recv(%d, "%s", 64, 0)' % (fd, octets.decode()), len(octets))
        s.close()
        said("close(%d)" % fd, 0)


(serve if sys.argv[1] == "server" else talk)(int(sys.argv[2]), int(sys.argv[3]))
