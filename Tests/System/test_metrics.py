"""/metrics, read by Prometheus' own parsers."""

import concurrent.futures
import os
import re
import shutil
import signal
import subprocess

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as prometheus

import procfs
import supervised
from test_landlock import has_landlock
from test_probes import ask
from waiting import wait_until

OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
PROGRAMS = """\
[program:web]
command=/bin/sh -c 'echo out; echo err >&2; sleep 999 & sleep 999 & wait'
startsecs=0
stdout_logfile={folder}/web.log
stopasgroup=true
killasgroup=true
[program:again]
command=/bin/sh -c 'exit 3'
startsecs=0
autorestart=false
stdout_logfile=NONE
stderr_logfile=NONE
[program:ca"t]
command=/bin/cat
startsecs=0
autostart=false
stdout_logfile=NONE
stderr_logfile=NONE
[eventlistener:ear]
command=/bin/cat
events=PROCESS_STATE
startsecs=0
buffer_size=2
autostart=false
"""


def families(side, accept=None):
    """{name of the metric: family}; OpenMetrics is read by the strict parser."""
    status, headers, text = ask(side, "/metrics", headers={"Accept": accept} if accept else {})
    assert status == 200
    if accept:
        assert headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        found = list(openmetrics.text_string_to_metric_families(text))
    else:
        assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        found = list(prometheus.text_string_to_metric_families(text))
    assert len({family.name for family in found}) == len(found)
    return {family.name: family for family in found}


def samples(family, **labels):
    """The values of the samples with these labels."""
    return [sample.value for sample in family.samples if labels.items() <= sample.labels.items()]


def one(side, name, **labels):
    found = samples(families(side, OPENMETRICS)[name], **labels)
    assert len(found) == 1, (name, labels, found)
    return found[0]


def alike(strict, old):
    """Both forms, once they show the same state."""
    ours = [family for name in (strict, old) for family in [name["reeve_program_log_bytes"]]]
    return sum(samples(ours[0])) == sum(samples(ours[1])) and (strict, old)


def test_both_forms_say_the_same_and_programs_are_told(reeve):
    side = reeve(programs=PROGRAMS)
    wait_until(lambda: one(side, "reeve_program_exits", program="again", code="3", signal="") == 1)
    wait_until(lambda: one(side, "reeve_program_log_bytes", program="web", channel="stdout") == 4)
    # Each form may be a second old.
    strict, old = wait_until(lambda: alike(families(side, OPENMETRICS), families(side)))
    assert set(strict) - {"reeve"} == set(old) - {"reeve_info"}
    for name in set(strict) & set(old):
        assert strict[name].type == old[name].type, name
        if name != "reeve_gateway_requests":  # which grows in between
            assert [sample.labels for sample in strict[name].samples][:3] == [sample.labels for sample in old[name].samples][:3]
    web = {"group": "web", "program": "web"}
    states = {sample.labels["state"]: sample.value for sample in strict["reeve_program_state"].samples
              if sample.labels["program"] == "web"}
    assert states == {name: name == "RUNNING" for name in (
        "STOPPED", "STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN")}
    assert samples(strict["reeve_program_state"], program='ca"t', state="STOPPED") == [1]
    assert samples(strict["reeve_program_starts"], **web) == [1]
    assert samples(strict["reeve_program_restarts"], **web) == [0]
    assert samples(strict["reeve_program_log_bytes"], **web, channel="stderr") == [4]
    assert abs(samples(strict["reeve_program_start_time_seconds"], **web)[0] - procfs.started(side.one.pid_of("web"))) < 2.5
    assert not samples(strict["reeve_program_uptime_seconds"], program="again")
    assert samples(strict["reeve_supervisor_running"]) == [1]
    assert samples(strict["reeve_event_pool_discarded"], pool="ear") != []
    # A death by a signal, and a restart at a user's request.
    os.kill(side.one.pid_of("web"), signal.SIGKILL)
    wait_until(lambda: one(side, "reeve_program_exits", program="web", signal="SIGKILL", code="") == 1)
    wait_until(lambda: one(side, "reeve_program_restarts", program="web") == 1)
    assert one(side, "reeve_program_stdin_bytes", program="web") == 0


def test_what_programs_use_is_seen_of_all_their_processes(reeve):
    side = reeve(programs="[program:busy]\ncommand=/bin/sh -c '(while :; do :; done) & sleep 999 & wait'\nstartsecs=0\n"
                          "stopasgroup=true\nkillasgroup=true\n")
    wait_until(lambda: one(side, "reeve_program_cpu_seconds", program="busy") > 0.2)
    assert one(side, "reeve_program_processes", program="busy") == 3
    assert one(side, "reeve_program_threads", program="busy") == 3
    pids = [side.one.pid_of("busy"), *procfs.descendants(side.one.pid_of("busy"))]
    told, seen = one(side, "reeve_program_resident_memory_bytes", program="busy"), sum(map(procfs.rss, pids)) * 1024
    assert abs(told - seen) < 0.5 * seen
    # As nobody, its user if init is root, or under Landlock, the gateway may not examine programs.
    fds = families(side).get("reeve_program_open_fds")
    assert (fds is None) == (os.getuid() == 0 or has_landlock())
    assert one(side, "reeve_init_resident_memory_bytes") > 100_000
    assert one(side, "reeve_init_cpu_seconds") >= 0


def test_what_the_gateway_says_of_itself(reeve):
    side = reeve(password="plain", programs=PROGRAMS)
    before = families(side)
    ask(side, "/livez")
    ask(side, "/nowhere/at/all")
    ask(side, "/metrics", authorized=False)
    # Requests within a second get the same answer.
    after = wait_until(lambda: (found := families(side))["reeve_gateway_connections"] != before["reeve_gateway_connections"] and found)

    def grown(route, code):
        return sum(samples(after["reeve_gateway_requests"], route=route, code=code)) - sum(
            samples(before["reeve_gateway_requests"], route=route, code=code))

    assert [grown("/livez", "200"), grown("none", "404"), grown("none", "401")] == [1, 1, 1]
    asked = grown("/metrics", "200")
    assert asked >= 1
    assert after["reeve_gateway_connections"].samples[0].value - before["reeve_gateway_connections"].samples[0].value == asked + 3
    assert after["reeve_gateway_open_connections"].samples[0].value >= 1
    assert 0 < after["process_resident_memory_bytes"].samples[0].value < 64 << 20
    assert after["process_open_fds"].samples[0].value > 3
    assert abs(after["process_start_time_seconds"].samples[0].value - procfs.started(side.gateway.pid)) < 2.5


def test_it_is_short_while_init_shuts_down(reeve):
    slow = "[program:slow]\ncommand=/bin/sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'\nstopwaitsecs=3\nstartsecs=0\n"
    side = reeve(programs=slow)
    wait_until(lambda: one(side, "reeve_program_state", program="slow", state="RUNNING") == 1)
    side.one.send(signal.SIGTERM)
    wait_until(lambda: one(side, "reeve_supervisor_running") == 0, 3)
    assert "reeve_program_state" not in families(side, OPENMETRICS)


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_promtool_finds_nothing(reeve):
    side = reeve(programs=PROGRAMS)
    wait_until(lambda: one(side, "reeve_program_state", program="web", state="RUNNING") == 1)
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=ask(side, "/metrics")[2], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_metric_is_documented(reeve):
    side = reeve(programs=PROGRAMS)
    wait_until(lambda: one(side, "reeve_program_state", program="web", state="RUNNING") == 1)
    text = (supervised.ROOT / "docs" / "http.md").read_text()
    table = re.findall(r"`((?:reeve|process)_\w+)`", text)
    served = {sample.name for family in families(side).values() for sample in family.samples}
    # Missing if the gateway is nobody, before a program has exited, or without a health check.
    rare = {"reeve_program_open_fds", "reeve_program_exits_total", "reeve_program_healthy"}
    assert served | rare == set(table) | rare and rare <= set(table)


def test_the_gateway_stays_small_while_it_is_scraped(reeve, actor):
    """About a thousand programs, in both forms, by four clients at once, again and again."""
    side = reeve(programs=supervised.section(
        "program", "p", command=f"{actor} wait", numprocs=1000, process_name="%(process_num)04d", startsecs=0, stdout_logfile="NONE",
        stderr_logfile="NONE"))
    side.one.wait_all()
    headers = [{}, {"Accept": OPENMETRICS}] * 2
    uptime = -1
    with concurrent.futures.ThreadPoolExecutor(4) as clients:
        for _ in range(5):
            def texts():
                """Of a later moment than before: an answer is shared for a second."""
                found = [text for _, _, text in clients.map(lambda one: ask(side, "/metrics", headers=one), headers)]
                return min(map(uptime_of, found)) > uptime and found
            found = wait_until(texts, poll=0.2)
            uptime = min(map(uptime_of, found))
            assert [text.count("reeve_program_resident_memory_bytes{") for text in found] == [1000] * 4
    assert side.gateway.peak_rss() < 16 << 10


def uptime_of(text):
    return int(re.search(r"^reeve_uptime_seconds (\d+)$", text, re.M)[1])
