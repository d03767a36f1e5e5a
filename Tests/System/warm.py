"""Runs supervisorctl repeatedly without starting Python each time.

The command of `Warm` imports supervisorctl once and forks for each command line; the fork runs supervisorctl's own
`main` with its own descriptors, arguments and folder.
"""

import json
import os
import socket
import subprocess
import sys


class Warm:
    def __init__(self, python, environment):
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.process = subprocess.Popen([python, "-u", __file__, str(other.fileno())], pass_fds=[other.fileno()], env=environment)
        other.close()

    def run(self, words, folder, stdin):
        """(status, stdout, stderr) of `supervisorctl WORDS`."""
        files = [os.memfd_create(name) for name in ("stdin", "stdout", "stderr")]
        try:
            os.write(files[0], stdin)
            os.lseek(files[0], 0, os.SEEK_SET)
            socket.send_fds(self.socket, [json.dumps([words, str(folder)]).encode()], files)
            status = int(self.socket.recv(100))
            output = [os.pread(file, os.fstat(file).st_size, 0) for file in files[1:]]
        finally:
            for file in files:
                os.close(file)
        return status, *output

    def close(self):
        self.socket.close()
        self.process.wait(60)


def serve(connection):
    from supervisor import supervisorctl

    while True:
        message, files, _, _ = socket.recv_fds(connection, 65536, 3)
        if not message:
            return
        words, folder = json.loads(message)
        child = os.fork()
        if child == 0:
            for number, file in enumerate(files):
                os.dup2(file, number)
            os.chdir(folder)
            sys.argv = ["supervisorctl", *words]
            status = 1
            try:
                supervisorctl.main()
                status = 0
            except SystemExit as end:
                status = end.code or 0
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        for file in files:
            os.close(file)
        _, status = os.waitpid(child, 0)
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
