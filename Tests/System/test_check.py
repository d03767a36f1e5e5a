"""init --check: what it reports about a configuration that a start would accept, and what it rejects."""

import subprocess

import pytest

from supervised import DIST

GOOD = "[supervisord]\n[program:web]\ncommand=/bin/sleep 5\n"


def check(folder, text, *options, name="init", environment=None):
    file = folder / "s.conf"
    file.write_text(text)
    return subprocess.run(
        [DIST / name, "--check", "-c", file, *options], capture_output=True, text=True, cwd=folder, env=environment)


def warnings(done):
    return [line for line in done.stdout.splitlines() if line.startswith("warning: ")]


def test_strict_lets_a_good_one_pass(folder):
    for options in ([], ["--strict"]):
        done = check(folder, GOOD, *options)
        assert done.returncode == 0 and not warnings(done) and ": good: 1 groups, 1 processes" in done.stdout


WARNINGS = {
    "a command that isn't there": ("[program:web]\ncommand=nosuch-command x\n",
                                   "web: command: nosuch-command is in none of the folders of init's PATH: "),
    "a file that isn't there": ("[program:web]\ncommand=/nowhere/web\n", "web: command: there is no file /nowhere/web"),
    "a PATH of its own": ('[program:web]\ncommand=sleep 5\nenvironment=PATH="/nowhere"\n',
                          "web: command: sleep is in none of the folders of the PATH of environment=: /nowhere"),
    "not executable": ("[program:web]\ncommand=/etc/passwd\n", "web: command: /etc/passwd is not executable"),
    "a quote": ("[program:web]\ncommand=/bin/sh -c 'sleep 5\n", "web: command: a quote is not closed: /bin/sh -c 'sleep 5"),
    "a backslash": ("[program:web]\ncommand=/bin/sleep 5\\\n", "web: command: it ends with a backslash"),
    "many processes": ("[program:web]\ncommand=/nowhere/web\nnumprocs=50\nprocess_name=w%(process_num)d\n",
                       "web:w0: command: there is no file /nowhere/web"),
    "a section twice": (GOOD + "[program:b]\ncommand=/bin/true\n[program:web]\npriority=5\n",
                        "s.conf:6:1: [program:web] again: its keys are added to those of "),
    "a plugin of supervisorctl": (GOOD + "[ctlplugin:x]\nsupervisor.ctl_factory=a:b\n", "[ctlplugin:x] has no effect"),
    "another interface": (GOOD + "[rpcinterface:x]\nsupervisor.rpcinterface_factory=twiddler:make\n",
                          "[rpcinterface:x] has no effect: twiddler:make is Python"),
    "another handler": (GOOD + "[eventlistener:x]\ncommand=/bin/cat\nevents=TICK_5\nresult_handler=a:b\n",
                        "result_handler in [eventlistener:x] has no effect: a:b is Python"),
    "keys of a listener that isn't there": (GOOD + "dependent_startup=true\n",
                                            "is a key of the event listener supervisord-dependent-startup"),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_warnings(folder, name):
    text, sentence = WARNINGS[name]
    done = check(folder, text)
    assert done.returncode == 0 and len(warnings(done)) == 1 and sentence in warnings(done)[0], done
    assert "unknown" not in done.stdout
    assert check(folder, text, "--strict").returncode == 1


def test_keys_of_a_listener_that_runs(folder):
    text = GOOD + (
        "dependent_startup=True\ndependent_startup_wait_for=db:running\n"
        "[eventlistener:dependent-startup]\ncommand=/bin/sh -c supervisord-dependent-startup\nevents=PROCESS_STATE\n")
    done = check(folder, text, "--strict")
    assert done.returncode == 0 and not warnings(done), done
    assert done.stdout.count("note: ") == 2 and "which acts on it; it has no effect on init" in done.stdout


def test_strict_is_for_check():
    done = subprocess.run([DIST / "init", "--strict", "-c", "/x"], capture_output=True, text=True)
    assert done.returncode == 2 and "--strict is for --check" in done.stderr


# -- rejected configurations

def test_a_server_for_everybody_has_ways_out(folder):
    text = GOOD + "[inet_http_server]\nport=9001\n"
    done = check(folder, text)
    assert done.returncode == 2 and "[inet_http_server] has no password and is not bound to loopback" in done.stderr
    assert "s.conf:5:6" in done.stderr
    for way in ("username=x\npassword=y", "allow_unauthenticated=true"):
        assert way.split("=")[0] + "=" in done.stderr
        assert check(folder, text + way + "\n").returncode == 0
    assert "port=127.0.0.1:9001" in done.stderr
    assert check(folder, text.replace("port=9001", "port=127.0.0.1:9001")).returncode == 0
    under = check(folder, text, name="supervisord")
    assert under.returncode == 0 and "allow_unauthenticated=true" in warnings(under)[0]


def test_no_section_of_supervisord_is_needed(folder):
    text = "[program:web]\ncommand=/bin/sleep 5\n"
    assert check(folder, text).returncode == 0
    under = check(folder, text, name="supervisord")
    assert under.returncode == 2 and ".ini file does not include supervisord section" in under.stderr
    nothing = check(folder, "[web]\ncommand=/bin/sleep 5\n")
    assert nothing.returncode == 2 and "no section that says what to run" in nothing.stderr


def test_it_runs_without_that_section(start, folder):
    one = start(text=f"[unix_http_server]\nfile={folder}/s.sock\n[program:web]\ncommand=/bin/sleep 1000\nstartsecs=0\n")
    assert one.rpc("supervisor.getProcessInfo", "web")["group"] == "web"


def test_a_group_is_blamed_for_its_own_error(folder):
    text = "[supervisord]\n[program:a]\ncommand=/bin/true\n[program:bb]\ncommand=/bin/true\n[group:g]\nprograms=a,bbb\n"
    done = check(folder, text)
    assert done.returncode == 2 and done.stderr.startswith("Error: [group:g] names unknown program or fcgi-program bbb\n")
    assert "s.conf:7:10" in done.stderr and "Did you mean bb?" in done.stderr
    assert check(folder, text, name="supervisord").stderr.startswith("Error: [program:a] names unknown program")


PLAIN = [
    ("[program:a]\ncommand=x\nstartsecs=abc\n", "'abc' is no whole number", "invalid literal for int()"),
    ("[program:a]\ncommand=x\nstdout_logfile_maxbytes=50M\n", "'50M' is no size", "invalid literal for int()"),
    ("[program:a]\ncommand=x\numask=9\n", "'9' is no octal number", "can not be converted to an octal type"),
    ("[inet_http_server]\nport=127.0.0.1:abc\n", "'abc' is no port", "invalid literal for int()"),
    ("[program:a]\ncommand=%(x)s\n", "there is no name 'x' for 'program:a.command' in '%(x)s'", "Available names"),
    ("[program:a]\ncommand=50%\n", "can't expand a percent sign of '50%'", "incomplete format"),
    ('[program:a]\ncommand=x\nenvironment=A="b\n', "a quote is not closed", "No closing quotation"),
    ("[program:a]\ncommand=x\nfoo\nbar\n", "lines 4, 5 of '", "Source contains parsing errors"),
    ("[fcgi-program:a]\ncommand=x\nsocket=unix://a\n", "the socket's path 'a' is not absolute", "%s"),
]


@pytest.mark.parametrize("text, plain, python", PLAIN)
def test_plain_words_unless_the_name_is_supervisord(folder, text, plain, python):
    done = check(folder, "[supervisord]\n" + text)
    assert done.returncode == 2 and done.stderr.startswith(f"Error: {plain}"), done
    assert python not in done.stderr
    under = check(folder, "[supervisord]\n" + text, name="supervisord")
    assert under.returncode == 2 and python in under.stderr.split("\n  ")[0], under


def test_options_in_plain_words(folder):
    done = check(folder, GOOD, "-z", "many")
    assert done.returncode == 2 and done.stderr.startswith("Error: invalid value for -z 'many': 'many' is no whole number\n")
    assert "invalid literal for int()" in check(folder, GOOD, "-z", "many", name="supervisord").stderr
