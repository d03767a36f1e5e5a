"""What can't be meant is an error at its place, with what to do, and stops no system that runs: not by `ctl update`, not by
SIGHUP."""

import re
import signal
import subprocess

import pytest

from supervised import INIT, ROOT, section
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has none of these keys")


#: What is written; the line at which the error stands, as far as it has to be told; and what the error says.
CASES = {
    "unknown dependency": ("[program:a]\ncommand=true\ndepends_on=webb\n", "depends_on=webb", "Did you mean web?"),
    "unknown group of a dependency": ("[program:a]\ncommand=true\ndepends_on=g:web\n", "depends_on=g:web", "g:web"),
    "cycle": ("[program:a]\ncommand=true\ndepends_on=b\n[program:b]\ncommand=true\ndepends_on=a\n", "depends_on=", "a -> b -> a"),
    "itself": ("[program:a]\ncommand=true\ndepends_on=a\n", "depends_on=a", "a depends on itself"),
    "unknown condition": ("[program:a]\ncommand=true\ndepends_on=web:redy\n", "depends_on=web:redy", "Did you mean web:ready?"),
    "healthy without a check": ("[program:a]\ncommand=true\ndepends_on=web:healthy\n", "depends_on=web:healthy", "has no health check"),
    "completed of what never ends": ("[program:a]\ncommand=true\ndepends_on=b:completed\n[program:b]\ncommand=true\nautorestart=true\n",
                                     "depends_on=b:completed", "autorestart"),
    "exited of what never ends": ("[program:a]\ncommand=true\ndepends_on=b:exited\n[program:b]\ncommand=true\nautorestart=true\n",
                                  "depends_on=b:exited", "autorestart"),
    "a disabled dependency": ("[program:a]\ncommand=true\ndepends_on=b\n[program:b]\ncommand=true\nenabled=false\n", "depends_on=b", "optional"),
    "a part of a check without it": ("[program:a]\ncommand=true\nhealthcheck_start_period=5\n", "healthcheck_start_period=5", "but no health check"),
    "two checks": ("[program:a]\ncommand=true\nhealthcheck_tcp=a:1\nhealthcheck_command=true\n", "healthcheck_", "one health check"),
    "https": ("[program:a]\ncommand=true\nhealthcheck_http=https://a/\n", "healthcheck_http=", "https is not supported"),
    "unknown readiness": ("[program:a]\ncommand=true\nnotify=systemd\n", "notify=systemd", "Did you mean sd?"),
    "unknown type": ("[program:a]\ncommand=true\ntype=oneshoot\n", "type=oneshoot", "Did you mean oneshot?"),
    "unknown end": ("[program:a]\ncommand=true\non_failure=shutdwn\n", "on_failure=shutdwn", "Did you mean shutdown?"),
    "unknown signal": ("[program:a]\ncommand=true\nstopsignal=TERM KIL\n", "stopsignal=TERM KIL", "KIL"),
    "a hook without time": ("[program:a]\ncommand=true\npre_stop_hook=true\npre_stop_hook_timeout=0\n", "pre_stop_hook_timeout=0", "1 to 86400"),
    "a hook with half a quote": ("[program:a]\ncommand=true\npost_start_hook=echo 'x\n", "post_start_hook=", "a quote is not closed"),
    "a hook of events that nobody knows": ("[hook:a]\nevents=PROCESS_STATE_FATALL\ncommand=true\n", "events=", "Did you mean PROCESS_STATE_FATAL?"),
    "a default that is wrong": ("[program-default]\nstopwaitsecs=soon\n", "stopwaitsecs=soon", "soon"),
    "retries that are no number": ("[program:a]\ncommand=true\nbackoff_factor=many\n", "backoff_factor=many", "many"),
}

#: The same for keys of [supervisord].
OF_SUPERVISORD = {
    "less time than one SIGKILL takes": ("shutdown_timeout=1\n", "shutdown_timeout=1", "2"),
    "no time after the delay": ("shutdown_timeout=5\nshutdown_delay=4\n", "shutdown_delay=4", "Write at most 3"),
    "unknown order": ("shutdown_mode=dependency\n", "shutdown_mode=dependency", "Did you mean dependencies?"),
}


def check(path):
    done = subprocess.run([ROOT / "dist/init", "--check", "-c", path], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_none_stops_a_running_system(begin):
    run = begin(section("program", "web", command="{actor} wait", startsecs=0) + section("program", "job", command="{actor} wait", startsecs=0))
    run.wait_all()
    pids = [run.info(name)["pid"] for name in ("web", "job")]
    text = run.configuration.read_text()
    wrong = {name: (text + "\n" + more, line, sentence) for name, (more, line, sentence) in CASES.items()}
    for name, (more, line, sentence) in OF_SUPERVISORD.items():
        wrong[name] = (text.replace("[supervisord]\n", f"[supervisord]\n{more}", 1), line, sentence)
    refused = 0
    for name, (content, line, sentence) in wrong.items():
        run.configuration.write_text(content)
        code, said = check(run.configuration)
        assert code == 2 and sentence in said, (name, said)
        places = [int(number) for number in re.findall(rf"{re.escape(str(run.configuration))}:(\d+):\d+", said)]
        assert places and all(content.split("\n")[number - 1].startswith(line) for number in places), (name, said)
        for command in ("reread", "update", "reload"):
            done = run.ctl(command)
            assert done.code != 0 and sentence in done.out + done.err, (name, command, done)
        run.send(signal.SIGHUP)
        refused += 1
        wait_until(lambda: run.log().count("the restart is refused, everything keeps running") == refused, what=name)
        assert [run.info(program)["pid"] for program in ("web", "job")] == pids, name
    run.configuration.write_text(text)
    assert run.ctl("update").out == ""


@pytest.mark.parametrize("keys, expected", [
    ("pre_start_hook=/nosuch/hook", "pre_start_hook: there is no file /nosuch/hook"),
    ("stop_command=/nosuch/stop", "stop_command: there is no file /nosuch/stop"),
    ("healthcheck_command=/nosuch/check", "healthcheck_command: there is no file /nosuch/check"),
    ("start_condition=/nosuch/condition", "start_condition: there is no file /nosuch/condition"),
])
def test_commands_that_do_not_exist_are_warnings(folder, keys, expected):
    """They may be there later: in a volume, or made by another program."""
    path = folder / "a.conf"
    path.write_text(f"[supervisord]\n[program:a]\ncommand=sleep 1\n{keys}\n")
    code, said = check(path)
    assert code == 0 and "warning: " in said and expected in said, said
