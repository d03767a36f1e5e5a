"""XML-RPC over HTTP: the same calls to supervisord and to init's gateway give the same answers."""

import subprocess
import xmlrpc.client

import pytest

import supervised
from http_sides import PASSWORD, Side, comparable, read_answer
from waiting import holds_for, wait_until

#: The calls to both, in this order: later ones depend on the effects of earlier ones.
CALLS = [
    ("supervisor.getAPIVersion",), ("supervisor.getVersion",), ("supervisor.getSupervisorVersion",),
    ("supervisor.getIdentification",), ("supervisor.getState",), ("supervisor.getAllProcessInfo",),
    ("supervisor.getAllConfigInfo",),
    ("supervisor.getProcessInfo", "cat"), ("supervisor.getProcessInfo", "g:a"), ("supervisor.getProcessInfo", "off"),
    ("supervisor.getProcessInfo", "nobody"), ("supervisor.getProcessInfo", "g:*"),
    ("supervisor.getProcessInfo", ""), ("supervisor.getProcessInfo",), ("supervisor.getProcessInfo", "cat", "cat"),
    ("supervisor.getState", 1), ("supervisor.nothing",), ("supervisor._update", "x"), ("nothing.getState",),
    ("supervisor.rpcinterface.getState",), ("supervisor.supervisord.options.execve", "/bin/sh", [], {}),
    ("getState",), ("system.__init__",), ("reeve.openLog", "cat", "stdout"), ("reeve.servers",),
    # Logs
    ("supervisor.readProcessStdoutLog", "talker", 0, 0), ("supervisor.readProcessLog", "talker", 4, 5),
    ("supervisor.readProcessStdoutLog", "talker", -5, 0), ("supervisor.readProcessStdoutLog", "talker", -5, 5),
    ("supervisor.readProcessStdoutLog", "talker", 0, -5), ("supervisor.readProcessStdoutLog", "talker", 1000, 10),
    ("supervisor.readProcessStdoutLog", "talker", -1000, 0), ("supervisor.readProcessStdoutLog", "talker", "4", "5"),
    ("supervisor.readProcessStdoutLog", "talker", 4.9, True), ("supervisor.readProcessStdoutLog", "talker", [], 0),
    ("supervisor.readProcessStdoutLog", "talker", 0), ("supervisor.readProcessStdoutLog", "nobody", 0, 0),
    ("supervisor.readProcessStdoutLog", "g:*", 0, 0), ("supervisor.readProcessStdoutLog", "off", 0, 0),
    ("supervisor.readProcessStderrLog", "talker", 0, 0),
    # corner 56
    ("supervisor.tailProcessStdoutLog", "talker", 0, 1000), ("supervisor.tailProcessStdoutLog", "talker", 0, 8),
    ("supervisor.tailProcessLog", "talker", 6, 12), ("supervisor.tailProcessStdoutLog", "talker", 23, 10),
    ("supervisor.tailProcessStdoutLog", "talker", 22, 10), ("supervisor.tailProcessStdoutLog", "talker", 900, 10),
    ("supervisor.tailProcessStdoutLog", "talker", 4, 19),
    ("supervisor.tailProcessStdoutLog", "talker", 0, 0), ("supervisor.tailProcessStdoutLog", "talker", 3, -2),
    ("supervisor.tailProcessStderrLog", "talker", 0, 10), ("supervisor.tailProcessStdoutLog", "off", 0, 10),
    ("supervisor.tailProcessStdoutLog", "nobody", 0, 10),
    ("supervisor.readLog", 0, -1), ("supervisor.readLog", -4, 4), ("supervisor.readMainLog", 0, 4, 5),
    # Start, stop, signal
    ("supervisor.startProcess", "cat"), ("supervisor.startProcess", "nobody"), ("supervisor.startProcess", "missing"),
    ("supervisor.startProcess", "off"), ("supervisor.stopProcess", "off"), ("supervisor.stopProcess", "off"),
    ("supervisor.startProcess", "off", False), ("supervisor.stopProcess", "off", 1),
    ("supervisor.startProcess", "quits"), ("supervisor.stopProcess", "nobody"), ("supervisor.stopProcess", "g:*"),
    ("supervisor.startProcess", "g:"), ("supervisor.stopProcessGroup", "g"), ("supervisor.startProcessGroup", "g", False),
    ("supervisor.startProcessGroup", "g"), ("supervisor.startProcessGroup", "nobody"), ("supervisor.startProcessGroup", 5),
    ("supervisor.stopProcessGroup", "nobody"), ("supervisor.stopProcess",), ("supervisor.stopProcess", "off", True, 1),
    ("supervisor.signalProcess", "cat", "CONT"), ("supervisor.signalProcess", "cat", 18),
    ("supervisor.signalProcess", "cat", "18"), ("supervisor.signalProcess", "cat", "NONSENSE"),
    ("supervisor.signalProcess", "off", "CONT"), ("supervisor.signalProcess", "nobody", "CONT"),
    ("supervisor.signalProcessGroup", "g", "CONT"), ("supervisor.signalProcessGroup", "nobody", "CONT"),
    ("supervisor.signalProcess", "cat"), ("supervisor.signalProcess", "g:*", "SIGCONT"),
    # Input, events, clearing logs
    ("supervisor.sendProcessStdin", "cat", "wörld\n"), ("supervisor.sendProcessStdin", "nobody", "x"),
    ("supervisor.sendProcessStdin", "off", "x"), ("supervisor.sendProcessStdin", "cat", 5),
    ("supervisor.sendProcessStdin", "g:*", "x"), ("supervisor.sendRemoteCommEvent", "type", "wörld"),
    ("supervisor.sendRemoteCommEvent", "type"), ("supervisor.clearProcessLogs", "cat"),
    ("supervisor.clearProcessLog", "nobody"), ("supervisor.clearProcessLogs", "g:*"), ("supervisor.clearLog",),
    # Groups
    ("supervisor.reloadConfig",), ("supervisor.addProcessGroup", "cat"), ("supervisor.addProcessGroup", "nobody"),
    ("supervisor.removeProcessGroup", "cat"), ("supervisor.removeProcessGroup", "nobody"),
    ("supervisor.removeProcessGroup", "off"), ("supervisor.addProcessGroup", "off"),
    # Introspection
    ("system.listMethods",), ("system.listMethods", 1), ("system.methodHelp", "nothing"), ("system.methodSignature", "nothing"),
    ("system.methodSignature", 5), ("system.methodHelp",),
    # corner 53: multicall
    ("system.multicall", []), ("system.multicall", 5), ("system.multicall",),
    ("system.multicall", [{"methodName": "supervisor.getState", "params": []}, {"methodName": "supervisor.getState"}]),
    ("system.multicall", [
        {"methodName": "supervisor.getProcessInfo", "params": ["nobody"]}, {"methodName": "supervisor.nothing"},
        {"params": []}, {}, {"methodName": "system.multicall", "params": [[]]},
        {"methodName": "supervisor.getProcessInfo", "params": ["cat"]},
        {"methodName": "system.methodSignature", "params": ["supervisor.startProcess"]},
        {"methodName": "supervisor.getState", "params": [1]}]),
    ("system.multicall", [
        {"methodName": "supervisor.startProcess", "params": ["off"]},
        {"methodName": "supervisor.stopProcess", "params": ["off"]},
        {"methodName": "supervisor.stopProcess", "params": ["off"]},
        {"methodName": "supervisor.readProcessStdoutLog", "params": ["talker", 0, 3]}]),
    ("supervisor.stopAllProcesses",), ("supervisor.startAllProcesses", False), ("supervisor.signalAllProcesses", "CONT"),
    ("supervisor.clearAllProcessLogs",),
]

#: Deliberate differences: supervisord's HTTP errors are faults or answers here, and output that goes to no file is
#: still available.
DIFFERENT = [
    (("supervisor.getProcessInfo", 5), ("http", 500), ("fault", 10, "BAD_NAME: 5")),
    (("supervisor.getProcessInfo", []), ("http", 500), ("fault", 2, "INCORRECT_PARAMETERS")),
    (("supervisor.readProcessStdoutLog", "talker", "x", 0), ("http", 500), ("fault", 2, "INCORRECT_PARAMETERS")),
    (("supervisor.tailProcessStdoutLog", "talker", "x", 0), ("http", 500), ("fault", 2, "INCORRECT_PARAMETERS")),
    (("supervisor.tailProcessStdoutLog", "talker", -5, 3), ("http", 500), ("value", ["\ufffdr\n", 23, True])),
    (("supervisor.readProcessStdoutLog", "quits", 0, 0), ("fault", 20, "NO_FILE"), ("value", "")),
    (("system.multicall", "abc"), ("http", 500), ("fault", 2, "INCORRECT_PARAMETERS")),
    (("system.multicall", [5]), ("http", 500), ("value", [{"faultCode": 2, "faultString": "INCORRECT_PARAMETERS: No methodName"}])),
]


def sorted_results(value):
    """Sorts lists of results, which come in the order in which programs finished."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and "status" in one for one in value):
        return sorted(value, key=lambda one: (one["group"], one["name"]))
    return value


def test_every_call_is_answered_as_supervisord_answers_it(sides):
    theirs, ours = sides()
    different = []
    for method, *parameters in CALLS:
        answers = []
        for side in (theirs, ours):
            answer = comparable(side.ask(method, *parameters), side.folder)
            answers.append([answer[0], *map(sorted_results, answer[1:])])
            if method == "supervisor.startAllProcesses":
                # Whether supervisord notices the exit of a short program before it answers depends on timing.
                answers[-1][1] = [one for one in answers[-1][1] if one["name"] != "quits"]
        if answers[0] != answers[1]:
            different.append(f"{method}{tuple(parameters)}\n   supervisord: {answers[0]}\n   here:        {answers[1]}")
    assert not different, "\n".join(different)


def test_what_is_answered_differently(sides):
    theirs, ours = sides()
    for (method, *parameters), there, here in DIFFERENT:
        assert (theirs.ask(method, *parameters), ours.ask(method, *parameters)) == (there, here), (method, parameters)


@pytest.mark.parametrize("kind,password", [("inet", "none"), ("unix", "plain"), ("inet", "plain"), ("inet", "sha"), ("unix", "sha")])
def test_sockets_and_passwords(sides, kind, password):
    theirs, ours = sides(kind, password)
    for method, *parameters in (
            ("supervisor.getAllProcessInfo",), ("supervisor.getProcessInfo", "nobody"),
            ("supervisor.readProcessStdoutLog", "talker", 0, 0), ("system.listMethods",)):
        assert comparable(theirs.ask(method, *parameters), theirs.folder) == comparable(
            ours.ask(method, *parameters), ours.folder)
    if password == "none":
        return
    body = xmlrpc.client.dumps((), "supervisor.getState").encode()
    request = b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: " + b"%d\r\n\r\n" % len(body) + body
    for header, status in (
            (b"", 401), (b"Authorization: Basic eDp5\r\n", 401), (b"Authorization: Bearer AAAA\r\n", 401),
            (b"Authorization: Basic A\r\n", 400), (ours.authorization().replace(b"Basic", b"bAsIc"), 200)):
        for side in (theirs, ours):
            answer = side.raw(request % header)
            assert answer[0] == status, (side.name, header)
            if status == 401:
                assert answer[1][b"www-authenticate"] == b'Basic realm="default"'
    for wrong in (PASSWORD + "x", PASSWORD[:-1], "", PASSWORD.upper()):
        for side in (theirs, ours):
            with pytest.raises(xmlrpc.client.ProtocolError) as error:
                side.proxy(password=wrong).supervisor.getState()
            assert error.value.errcode == 401
    # Without a password, the answers reveal nothing, not even which paths exist.
    for path in ("/", "/RPC2", "/nothing"):
        assert ours.raw(f"GET {path} HTTP/1.0\r\n\r\n".encode())[0] == 401


CALL = "<methodCall><methodName>%s</methodName>%s</methodCall>"
RAW = [
    "", "x", "<", "<a/>", "<methodCall/>", "<methodCall><methodName/></methodCall>", CALL % ("supervisor.getState", ""),
    CALL % ("supervisor.getState", "<params/>"), CALL % ("supervisor.getState", "<params></params>") + "x",
    CALL % ("supervisor.getProcessInfo", "<params><param><value>cat</value></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param><value> cat</value></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param><value><string>cat</string></value></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param><value><string>nobody</string></value></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param><value><base64>Y2F0</base64></value></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param><value><base64>Y2F</base64></value></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param><value><base64>/w==</base64></value></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param/></params>"),
    CALL % ("system.methodHelp", "<params><param><value/></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param><value>c<!-- -->at</value></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param><value><![CDATA[cat]]></value></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param><value>&#99;at</value></param></params>"),
    CALL % ("supervisor.getProcessInfo", "<params><param><value><string>v\xe4r</string></value></param></params>"),
    CALL % ("supervisor.readProcessStdoutLog", "<params><param><value>talker</value></param><param><value><i4> +4 </i4></value>"
            "</param><param><value><int>1_0</int></value></param></params>"),
    *(CALL % ("supervisor.readProcessStdoutLog", "<params><param><value>talker</value></param><param><value>%s</value></param>"
              "<param><value><int>5</int></value></param></params>" % value) for value in (
        "<int>x</int>", "<int/>", "<int>99999999999</int>", "<boolean>1</boolean>", "<boolean>true</boolean>",
        "<double>1.5</double>", "<double>x</double>", "<array/>", "<array><data/></array>", "<array><data><value>1</value></data></array>",
        "<struct/>", "<struct><member/></struct>", "<struct><member><name>a</name><value>1</value></member></struct>",
        "<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>", "<dateTime.iso8601>x</dateTime.iso8601>",
        "<i8>3</i8>", "<nil/>")),
    "<?xml version='1.0' encoding='iso-8859-1'?>" + CALL % ("supervisor.getState", ""),
    "<?xml version='1.0'?>\n\n" + CALL % ("supervisor.getState", ""), " <?xml version='1.0'?>" + CALL % ("supervisor.getState", ""),
    "<x><y><methodName>supervisor.getState</methodName></y></x>", CALL % ("supervisor.getState", "<unclosed>"),
    CALL % (" supervisor.getState", ""), CALL % ("supervisor.getState&x;", ""),
]


def test_raw_documents(sides):
    theirs, ours = sides()
    different = []
    for document in RAW:
        if not document:
            continue  # supervisord never answers that
        answers = []
        for side in (theirs, ours):
            status, headers, body = side.post(document.encode())
            answer = status
            if status == 200:
                assert headers[b"content-type"] == b"text/xml"
                try:
                    answer = comparable(xmlrpc.client.loads(body), side.folder)
                except xmlrpc.client.Fault as fault:
                    answer = (fault.faultCode, fault.faultString)
            answers.append(answer)
        if answers[0] != answers[1]:
            different.append(f"{document}\n   supervisord: {answers[0]}\n   here:        {answers[1]}")
    assert not different, "\n".join(different)


def test_answers_are_the_same_bytes(sides):
    theirs, ours = sides()
    for method, *parameters in (
            ("supervisor.getState",), ("supervisor.getProcessInfo", "nobody"), ("supervisor.getAPIVersion",),
            ("supervisor.readProcessStdoutLog", "talker", 0, 0), ("supervisor.tailProcessStdoutLog", "talker", 0, 10),
            ("supervisor.reloadConfig",), ("system.listMethods",)):
        body = xmlrpc.client.dumps(tuple(parameters), method).encode()
        assert theirs.post(body)[2] == ours.post(body)[2], method


def test_signatures_are_supervisords_and_everything_is_explained(sides):
    theirs, ours = sides()
    for method in theirs.ask("system.listMethods")[1]:
        assert theirs.ask("system.methodSignature", method) == ours.ask("system.methodSignature", method), method
        text = ours.ask("system.methodHelp", method)[1]
        assert text.split("\n")[0].endswith(".") and "@return " in text, method


def test_http(sides):
    theirs, ours = sides()
    body = xmlrpc.client.dumps((), "supervisor.getState").encode()
    length = b"Host: localhost\r\nContent-Length: %d\r\n" % len(body)
    for request, status in (
            (b"GET /RPC2 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400), (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\n\r\n", 411),
            (b"POST /RPC2?x=1 HTTP/1.1\r\n" + length + b"\r\n" + body, 200),
            (b"POST /RPC2/ HTTP/1.1\r\n" + length + b"\r\n" + body, 200),
            (b"POST /%52PC2 HTTP/1.1\r\n" + length + b"\r\n" + body, 200),
            (b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404), (b"GET /nothing HTTP/1.0\r\n\r\n", 404)):
        assert (theirs.raw(request)[0], ours.raw(request)[0]) == (status, status), request
    for side in (theirs, ours):  # a rejected request doesn't end the connection
        with side.connect() as connection:
            for _ in range(3):
                connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert read_answer(connection)[0] == 404
    # Which connections are kept open, and what the answer says about it.
    for version, header, kept in (
            (b"1.1", b"", True), (b"1.1", b"Connection: close\r\n", False), (b"1.0", b"", False),
            (b"1.0", b"Connection: keep-alive\r\n", True)):
        request = b"POST /RPC2 HTTP/" + version + b"\r\n" + header + length + b"\r\n" + body
        for side in (theirs, ours):
            with side.connect() as connection:
                connection.sendall(request)
                answer = read_answer(connection)
                assert answer[0] == 200
                if kept:
                    connection.sendall(request)
                    assert read_answer(connection)[2] == answer[2], (side.name, version, header)
                else:
                    assert connection.recv(1) == b"", (side.name, version, header)


def test_requests_sent_ahead_are_answered_in_order(reeve):
    side = reeve()
    requests = b""
    for name in ("cat", "off", "nobody", "talker"):
        body = xmlrpc.client.dumps((name,), "supervisor.getProcessInfo").encode()
        requests += b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with side.connect() as connection:
        connection.sendall(requests * 50)
        data = b""
        while data.count(b"</methodResponse>") < 200:
            part = connection.recv(65536)
            assert part, data[-500:]
            data += part
    answers = [part for part in data.split(b"<methodResponse>")[1:]]
    for index, answer in enumerate(answers):
        assert (b"cat", b"off", b"BAD_NAME: nobody", b"talker")[index % 4] in answer


def test_waiting_blocks_only_who_waits(reeve):
    side = reeve(programs="[program:slow]\ncommand=/bin/sleep 1000\nautostart=false\nstartsecs=5\n")
    body = xmlrpc.client.dumps(("slow",), "supervisor.startProcess").encode()
    with side.connect() as waiting:
        waiting.sendall(b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        wait_until(lambda: side.ask("supervisor.getProcessInfo", "slow")[1]["statename"] == "STARTING")
        assert side.ask("supervisor.stopProcess", "slow") == ("value", True)
        answer = read_answer(waiting)
    assert b"ABNORMAL_TERMINATION: slow" in answer[2]


def test_any_byte_of_a_log_is_readable(reeve):
    side = reeve(programs=(
        "[program:bytes]\ncommand=/usr/bin/python3 -c \"import os, time; os.write(1, bytes(range(256)) + b'\\r\\n'); time.sleep(1000)\"\n"  # sleep: role
        "startsecs=0\n"))
    wait_until(lambda: len(side.ask("supervisor.readProcessStdoutLog", "bytes", 0, 0)[1]) >= 258)
    pictures = "".join(chr(code) if code in (9, 10, 13) else chr(0x2400 + code) for code in range(32))
    expected = pictures + "".join(map(chr, range(32, 128))) + "\ufffd" * 128 + "\r\n"
    assert side.ask("supervisor.readProcessStdoutLog", "bytes", 0, 0) == ("value", expected)


def test_long_input_arrives_whole(reeve):
    side = reeve()
    text = "".join(f"{number:07}\n" for number in range(20000))
    assert side.ask("supervisor.sendProcessStdin", "cat", text) == ("value", True)
    wait_until(lambda: side.ask("supervisor.readProcessStdoutLog", "cat", 0, 0)[1] == text)


COMMANDS = [
    ("status",), ("status", "cat", "g:*"), ("status", "nobody"), ("pid",), ("pid", "cat"), ("pid", "all"), ("avail",), ("version",),
    ("start", "off"), ("start", "off"), ("stop", "off"), ("stop", "off"), ("restart", "cat"), ("start", "missing"), ("start", "quits"),
    ("stop", "g:*"), ("start", "g:*"), ("signal", "CONT", "cat"), ("signal", "NOPE", "cat"), ("tail", "talker"), ("tail", "-8", "talker"),
    ("tail", "talker", "stderr"), ("tail", "nobody"), ("clear", "cat"), ("clear", "nobody"), ("clear", "all"), ("reread",), ("update",),
    ("add", "cat"), ("remove", "cat"), ("remove", "nobody"), ("stop", "off"), ("remove", "off"), ("add", "off"), ("stop", "all"),
    ("start", "cat", "talker"),
]


@pytest.mark.parametrize("kind,password", [("unix", "none"), ("inet", "sha")])
def test_upstreams_supervisorctl_runs_unchanged(sides, kind, password):
    theirs, ours = sides(kind, password)
    different = []
    for words in COMMANDS:
        said = []
        for side in (theirs, ours):
            done = subprocess.run(
                [*supervised.SUPERVISORD.client, "-c", side.one.configuration, *words], capture_output=True, text=True, timeout=60)
            lines = sorted(comparable(line, side.folder) for line in (done.stdout + done.stderr).splitlines())
            lines = [line.replace(str(int(side.one.pid)), "PID") for line in lines] if words == ("pid",) else lines
            if words[0] == "pid" and words != ("pid",):
                lines = [bool(int(line)) for line in lines]
            said.append((done.returncode, lines))
        if said[0] != said[1]:
            different.append(f"{' '.join(words)}\n   supervisord: {said[0]}\n   here:        {said[1]}")
    assert not different, "\n".join(different)
    done = subprocess.run(
        [*supervised.SUPERVISORD.client, "-c", ours.one.configuration], input="status cat\nhelp\nexit\n",
        capture_output=True, text=True, timeout=60)
    assert "supervisor> cat " in done.stdout and done.returncode == 0
    done = subprocess.run(
        [*supervised.SUPERVISORD.client, "-c", ours.one.configuration, "shutdown"], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("Shut down\n", 0)
    assert ours.gateway.wait() == 0
    ours.one.wait()


def test_it_leaves_when_nobody_is_connected(reeve):
    side = reeve(settings="gateway_idle_timeout=1")
    with side.connect() as connection:
        connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert read_answer(connection)[0] == 404
        # A connection counts even if it is idle for long.
        holds_for(1.5, side.gateway.is_running)
        connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert read_answer(connection)[0] == 404
    assert side.gateway.wait() == 0
    assert side.gateway.log() == ""
