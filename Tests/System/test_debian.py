"""The Debian packages: without a complaint of lintian, and installed by dpkg beside Debian's supervisor and in its place."""

import os
import shutil
import subprocess

import pytest

import overlays
from test_dist import both, packages, pytestmark, version  # noqa: F401

CONFIGURATION = """\
[unix_http_server]
file=/run/supervisor.sock
[inet_http_server]
port=127.0.0.1:9001
[supervisord]
logfile=/run/supervisord.log
user=root
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix:///run/supervisor.sock
[program:a]
command=sleep 1000000
startsecs=0
"""

#: Beside the package supervisor, whose Python packages this machine may not have.
BESIDE = r"""
set -e
cd /packages
dpkg --force-unsafe-io --force-depends --no-triggers -i /supervisor/supervisor_*.deb >/dev/null 2>&1 || true
dpkg --force-unsafe-io --no-triggers -i reeve_*_$(dpkg --print-architecture).deb reeve-gateway_*.deb
echo "SAYS owner $(dpkg -S /usr/bin/supervisord)"
echo "SAYS owner $(dpkg -S /usr/bin/ctl)"
# The system may have an init of its own, in /sbin.
echo "SAYS $(/usr/bin/init --version)"
echo "SAYS $(ctl --version)"
apt-get -y -qq --no-install-recommends -o APT::Sandbox::User=root install ./reeve-supervisor-compat_*.deb
dpkg-query -W -f 'SAYS state ${Package} ${db:Status-Status}\n' supervisor 'reeve*'
echo "SAYS owner $(dpkg -S /usr/bin/supervisord)"
for name in supervisord supervisorctl echo_supervisord_conf pidproxy; do
    echo "SAYS link $name $(readlink -f /usr/bin/$name)"
    test -e /usr/share/man/man1/$name.1.gz
done
echo "SAYS version $(supervisord --version)"
echo_supervisord_conf | grep -q '^\[supervisord\]' && echo "SAYS a sample"
pidproxy 2>&1 | head -1 | sed 's/^/SAYS /'
supervisord -c /configuration
supervisorctl -c /configuration status | sed 's/^/SAYS /'
supervisorctl -s http://127.0.0.1:9001 status | sed 's/^/SAYS http /'
supervisorctl -c /configuration shutdown | sed 's/^/SAYS /'
dpkg --no-triggers --purge reeve-supervisor-compat reeve-gateway reeve
dpkg-query -W -f 'SAYS state ${Package} ${db:Status-Status}\n' 'reeve*' 2>/dev/null || echo "SAYS nothing left"
ls /usr/lib/reeve /usr/bin/ctl /usr/bin/supervisord 2>/dev/null || echo "SAYS no file left"
"""


@pytest.mark.skipif(shutil.which("lintian") is None, reason="lintian is not installed")
def test_lintian_has_no_complaint(packages):
    found = sorted(packages.glob("*.deb"))
    assert {path.name.split("_")[0] for path in found} == {"reeve", "reeve-gateway", "reeve-supervisor-compat"}
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", *found], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.fixture
def debian_supervisor(tmp_path):
    folder = tmp_path / "supervisor"
    folder.mkdir()
    done = subprocess.run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", "supervisor"], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"Debian's supervisor can't be downloaded: {done.stderr.strip()[-200:]}")
    return folder


@pytest.fixture
def said(packages, debian_supervisor, tmp_path):
    """What the script says in a copy of this machine."""
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip("needs root on Debian")
    for name in ("try", "root"):
        (tmp_path / name).mkdir()
    if reason := overlays.missing(tmp_path / "try"):
        pytest.skip(reason)
    (tmp_path / "configuration").write_text(CONFIGURATION)
    script = f"ln -s {packages} /packages; ln -s {debian_supervisor} /supervisor; cp {tmp_path}/configuration /configuration\n{BESIDE}"
    done = overlays.run(tmp_path / "root", "sh", "-c", script, env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    return done.stdout


#: Beginnings of lines.
EXPECTED = [
    "owner supervisor: /usr/bin/supervisord", "owner reeve: /usr/bin/ctl", f"init: Reeve {version()}", f"Reeve {version()}",
    # It takes the place of Debian's package.
    "state reeve installed", "state reeve-gateway installed", "state reeve-supervisor-compat installed",
    "owner reeve-supervisor-compat: /usr/bin/supervisord",
    "link supervisord /usr/lib/reeve/init", "link supervisorctl /usr/lib/reeve/ctl", "link echo_supervisord_conf /usr/lib/reeve/init",
    "link pidproxy /usr/lib/reeve/init",
    # The names do what they did.
    "version 4.3.0", "a sample", "a  ", "http a  ", "Shut down", "nothing left", "no file left",
]


def test_dpkg_installs_them_and_apt_replaces_debians_supervisor(said):
    lines = [line.removeprefix("SAYS ") for line in said.splitlines() if line.startswith("SAYS ")]
    assert [start for start in EXPECTED if not any(line.startswith(start) for line in lines)] == []
    states = dict(line.split()[1:] for line in lines if line.startswith("state "))
    assert states["supervisor"] in ("config-files", "not-installed")
