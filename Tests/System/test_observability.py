"""examples/observability: alert rules, a dashboard and a script, with Debian's Prometheus and a gateway that it scrapes."""

import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from ports import free_port
from supervised import INIT, ROOT
from waiting import wait_until

FOLDER = ROOT / "examples" / "observability"
GUIDE = (ROOT / "docs" / "guide" / "observability.md").read_text()
ALERTS = {rule["alert"]: rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]}
PANELS = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel.get("targets", [])]
#: What Grafana puts in the place of variables, with a window that has two scrapes of a second each.
VARIABLES = {"$job": ".+", "$instance": ".+", "$program": ".+", "$__rate_interval": "20s", "$__range": "1h"}
#: The alerts whose condition is met with the programs of supervisord.conf, and the labels of their samples.
MET = {
    "ReeveProgramFatal": {"program": "doomed"}, "ReeveProgramFailed": {"program": "import"}, "ReeveProgramRestarting": {"program": "flaky"},
    "ReeveProgramUnhealthy": {"program": "sick"}, "ReeveProgramWaiting": {"program": "late"}, "ReeveEventsLost": {"pool": "ear"},
}

pytestmark = pytest.mark.skipif(not shutil.which("promtool"), reason="Prometheus is not installed")


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has no metrics")


# -- without a running system

def test_the_rules_do_what_they_should():
    done = subprocess.run(["promtool", "test", "rules", "alerts_test.yml"], cwd=FOLDER, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "SUCCESS" in done.stdout, done
    tests = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
    assert {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]} == set(ALERTS)


def test_the_guide_explains_every_alert():
    table = GUIDE.split("| alert |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.M) == list(ALERTS)


def test_the_example_is_complete():
    done = subprocess.run(["promtool", "check", "config", FOLDER / "prometheus.yml"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    assert f"{len(ALERTS)} rules found" in done.stdout
    readme = (FOLDER / "README.md").read_text()
    assert set(re.findall(r"\]\((\w[\w.]*)\)", readme)) == {path.name for path in FOLDER.iterdir()} - {"README.md"}


def lost(one, other, path=""):
    """The places of what is in `one` and not in `other`."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [place for key in one for place in (lost(one[key], other[key], f"{path}/{key}") if key in other else [f"{path}/{key}"])]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [place for index, pair in enumerate(zip(one, other)) for place in lost(*pair, f"{path}/{index}")]
    return [] if one == other else [path]


def test_grafana_understands_the_dashboard():
    """Grafana's own model of a dashboard keeps everything; it doesn't have what Prometheus adds to an annotation."""
    register_default_plugins()
    text = json.loads((FOLDER / "dashboard.json").read_text())
    kept = json.loads(json.dumps(Dashboard.from_json(text), cls=JSONEncoder))
    own = {f"/annotations/list/0/{key}" for key in ("titleFormat", "textFormat", "step")}
    assert set(lost(text, kept)) == own
    wrong = json.loads(json.dumps(text).replace('"gridPos"', '"gridpos"', 1))
    assert set(lost(wrong, json.loads(json.dumps(Dashboard.from_json(wrong), cls=JSONEncoder)))) > own


def test_the_panels_have_their_places():
    taken = set()
    for panel in PANELS:
        x, y, width, height = (panel["gridPos"][key] for key in "xywh")
        assert x + width <= 24
        cells = {(column, row) for column in range(x, x + width) for row in range(y, y + height)}
        assert not taken & cells, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


# -- with one

class Observed:
    """An init with the programs of the example, and Prometheus, which the example's script has started."""

    def __init__(self, start, folder):
        self.target, self.page = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        self.environment = {**os.environ, "LISTEN": self.page, "INTERVAL": "1s"}
        text = (FOLDER / "supervisord.conf").read_text().replace("127.0.0.1:9001", self.target).replace("%(here)s", str(FOLDER))
        text = text.replace("/tmp/observed.log", f"{folder}/web.log").replace("/tmp/observed", f"{folder}/s")
        self.run = start(text=text, pid1=False)
        self.process = subprocess.Popen([FOLDER / "run", self.target], env=self.environment, stdout=subprocess.DEVNULL)

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(f"http://{self.page}/api/v1/{path}?{query}", timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code < 500:
                pytest.fail(f"{parameters}: {error.read().decode()}")
            raise  # it is still starting

    def found(self, query):
        """The samples that a query finds: [(labels, value)]."""
        data = self.get("query", query=query)
        assert data["resultType"] == "vector", query
        return [(sample["metric"], float(sample["value"][1])) for sample in data["result"]]

    def value(self, query):
        (_, value), = self.found(query)
        return value

    def end(self):
        self.process.terminate()
        self.process.wait(60)


@pytest.fixture
def observed(start, folder):
    one = Observed(start, folder)
    try:
        wait_until(lambda: one.value('up{job="reeve"}') == 1, what=one.run.story)
        yield one
    finally:
        one.end()


def test_every_query_finds_something(observed):
    """Of the dashboard, and of the alerts: theirs only if their condition is met, but what they look at is always there."""
    assert len(QUERIES) > 30
    for title, query in QUERIES:
        for name, value in VARIABLES.items():
            query = query.replace(name, value)
        assert "$" not in query
        wait_until(lambda: observed.found(query), what=f"{title}: {query}")
    names = set()
    for name, rule in ALERTS.items():
        if name in MET:
            found = wait_until(lambda: observed.found(rule["expr"]), what=name)
            assert all(MET[name].items() <= labels.items() for labels, _ in found), (name, found)
        else:
            wait_until(lambda: not observed.found(rule["expr"]), what=name)
        names |= set(re.findall(r"\b(?:up|reeve_\w+)\b", rule["expr"]))
    for name in names:
        wait_until(lambda: observed.found(name), what=name)
    # Prometheus itself comes to the same conclusion; most of them have to last for a while.
    wait_until(lambda: set(MET) == {labels["alertname"] for labels, _ in observed.found("ALERTS")})
    assert {labels["alertname"] for labels, _ in observed.found('ALERTS{alertstate="firing"}')} >= {"ReeveProgramRestarting", "ReeveEventsLost"}
    # The script can also look once.
    environment = {**observed.environment, "LISTEN": f"127.0.0.1:{free_port()}"}
    done = subprocess.run([FOLDER / "run", "--check", observed.target], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and re.search("9 programs, [34] of them ready", done.stdout), done
    wrong = {**environment, "USER_NAME": "nobody", "PATIENCE": "3"}
    done = subprocess.run([FOLDER / "run", "--check", observed.target], env=wrong, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "is the password right?" in done.stderr, done


def test_prometheus_scrapes_with_a_password(start, folder):
    """With the configurations that open the guide."""
    target, web = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    keys, scraping = (re.search(rf"```{kind}\n(.*?)```", GUIDE, re.S)[1] for kind in ("ini", "yaml"))
    assert "*:9001" in keys and "shop:9001" in scraping
    keys = keys.replace("*:9001", target).replace("/etc/reeve/password", f"{folder}/password")
    scraping = scraping.replace("shop:9001", target).replace("/etc/prometheus/reeve-password", f"{folder}/password")
    (folder / "password").write_text("of the test\n")
    (folder / "prometheus.yml").write_text(f"global:\n  scrape_interval: 1s\n{scraping}")
    text = keys.replace("nodaemon=true\n", f"nodaemon=true\nlogfile={folder}/s.log\npidfile={folder}/s.pid\nchildlogdir={folder}\n")
    run = start(text=f"{text}[unix_http_server]\nfile={folder}/s.sock\n[program:web]\ncommand=sleep 1000\n", pid1=False)
    with open(folder / "prometheus.log", "wb") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address={web}"],
            stdout=log, stderr=log)

    def found(query):
        try:
            with urllib.request.urlopen(f"http://{web}/api/v1/query?{urllib.parse.urlencode({'query': query})}", timeout=30) as answer:
                return [sample["value"][1] for sample in json.load(answer)["data"]["result"]]
        except urllib.error.URLError:
            return None  # it is still starting

    try:
        wait_until(lambda: found('up{job="reeve"}') == ["1"], what=lambda: f"{run.story()} {(folder / 'prometheus.log').read_text()}")
        assert found('reeve_program_starts_total{program="web"}') == ["1"]
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), reason="takes root and nginx")
def test_nginx_passes_on_the_metrics_of_a_unix_socket(start, folder):
    """And nothing else, with the configurations of the guide."""
    port = free_port()
    keys, server = (re.search(rf"```{kind}\n(.*?)```", GUIDE.split("can't scrape a Unix socket")[1], re.S)[1] for kind in ("ini", "nginx"))
    (folder / "nginx.conf").write_text(server.replace("/run/", f"{folder}/").replace("supervisor.sock", "s.sock").replace("9101", f"127.0.0.1:{port}"))
    keys = keys.replace("/run/supervisor.sock", f"{folder}/s.sock").replace("/etc/nginx/metrics.conf", f"{folder}/nginx.conf")
    run = start(text=f"[supervisord]\nlogfile={folder}/s.log\npidfile={folder}/s.pid\nchildlogdir={folder}\nenvironment=PATH=\"/usr/sbin:/usr/bin:/bin\"\n{keys}",
                pid1=False)

    def get(path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.read()

    text = wait_until(lambda: get("/metrics"), what=lambda: f"{run.story()} {run.rpc_log('metrics', 'stderr')}")
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert b'reeve_program_starts_total{group="metrics",program="metrics"} 1' in text
    for path in ("/", "/metrics/", "/api/v1/processes", "/metrics/../api/v1/processes", "/RPC2"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(path)
