"""kill -9 of the gateway at any moment: no program is affected, and the next request is served."""

import concurrent.futures
import os
import signal
import xmlrpc.client

import procfs
from gateways import Started
from http_sides import Side, read_answer
from test_gateway_hostile import request
from waiting import wait_until

PROGRAMS = """\
[program:slow]
command=/bin/sleep 1000
process_name=%(process_num)s
numprocs=20
autostart=false
startsecs=600
stdout_logfile=NONE
stderr_logfile=NONE
; Its stop signal does nothing.
[program:stubborn]
command=/bin/sleep 1000
process_name=%(process_num)s
numprocs=10
startsecs=0
stopsignal=CONT
stopwaitsecs=600
stdout_logfile=NONE
stderr_logfile=NONE
[program:talker]
command=/bin/sleep 1000
startsecs=0
stdout_logfile={folder}/talker.log
stderr_logfile=NONE
"""

STREAMS = ["/logtail/talker", "/mainlogtail", "/api/v1/events", "/api/v1/processes/talker/logs/stdout/follow"]


def call(method, *parameters):
    return request(xmlrpc.client.dumps(parameters, method).encode())


def programs(side):
    return {f"{info['group']}:{info['name']}": (info["pid"], info["statename"], info["start"])
            for info in side.ask("supervisor.getAllProcessInfo")[1]}


def current(side):
    """The running gateway."""
    return wait_until(lambda: Started(side.one).pid, what=side.story)


def sockets(side):
    """The number of sockets that init has open: none remains of a gateway that is gone."""
    return sum(target.startswith("socket:") for target in procfs.descriptors(side.one.pid).values())


def busy(side, number):
    """Connections with a request in progress; the first ones wait for an answer."""
    slow, stubborn = f"slow:{number}", f"stubborn:{number}"
    connections = [side.connect() for _ in range(6)]
    connections[0].sendall(call("supervisor.startProcess", slow))
    connections[1].sendall(call("supervisor.stopProcess", stubborn))
    connections[2].sendall(call("system.multicall", [
        {"methodName": "supervisor.getAllProcessInfo", "params": []},
        {"methodName": "supervisor.startProcess", "params": [f"slow:{10 + number}"]}]))
    wanted = {slow: "STARTING", f"slow:{10 + number}": "STARTING", stubborn: "STOPPING"}
    wait_until(lambda: all(programs(side)[name][1] == state for name, state in wanted.items()),
               what=lambda: f"{programs(side)} {side.story()}")
    connections[3].sendall(call("supervisor.stopAllProcesses")[:-1])
    connections[4].sendall(call("supervisor.readProcessStdoutLog", "talker", 0, 0))  # and never reads the answer
    connections[5].sendall(call("supervisor.getState") * (number * 7))
    return connections + [stream(side, path) for path in STREAMS]


def stream(side, path):
    """A connection on which an endless answer has begun."""
    connection = side.connect()
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert connection.recv(12) == b"HTTP/1.1 200", path
    return connection


def rounds(side, count):
    (side.folder / "talker.log").write_bytes(b"x" * (4 << 20))
    before_all = sockets(side)
    for number in range(count):
        gateway = current(side)
        connections = busy(side, number)
        before = programs(side)
        os.kill(gateway, signal.SIGKILL)
        assert side.ask("supervisor.getState")[1]["statename"] == "RUNNING"
        assert programs(side) == before
        for connection in connections[:3]:
            try:
                assert connection.recv(1) == b""
            except ConnectionResetError:
                pass
        for connection in connections:
            connection.close()
        assert current(side) != gateway
        assert sockets(side) <= before_all
    assert procfs.peak_rss(side.one.pid) < 3 << 10
    return count


def end(side):
    """Ends the clients that don't stop by themselves."""
    for pid, state, _ in programs(side).values():
        if state == "STOPPING":
            os.kill(pid, signal.SIGKILL)
    side.stop()


def test_fifty_times_in_the_middle_of_anything(start, folder):
    sides = [Side("init", start, folder / f"{number}", programs=PROGRAMS) for number in range(5)]
    with concurrent.futures.ThreadPoolExecutor(len(sides)) as pool:
        assert sum(pool.map(lambda side: rounds(side, 10), sides)) == 50
    for side in sides:
        end(side)


def test_killed_at_its_start_it_is_started_again(start, folder):
    side = Side("init", start, folder / "i")
    before = programs(side)
    for _ in range(3):
        with side.connect() as connection:
            connection.sendall(call("supervisor.getState"))
            os.kill(current(side), signal.SIGKILL)
        assert programs(side) == before
    side.stop()
