"""The page when its server goes away and comes back, actions that ask first, and their texts: in a real browser."""

import os
import signal

import pytest

from http_sides import Side
from waiting import wait_until

PROGRAMS = """\
[program:web]
command=/bin/sh -c 'echo hello; exec sleep 1000'
startsecs=0
stdout_logfile={folder}/web.log
[program:silent]
command=/bin/sleep 1000
startsecs=0
stdout_logfile={folder}/silent.log
[program:off]
command=/bin/sleep 1000
autostart=false
startsecs=0
[program:slow]
command=/bin/sleep 1000
startsecs=1000
"""
LOST = ["net::ERR_", "Failed to load resource"]


@pytest.fixture
def side(start, folder):
    one = Side("init", start, folder / "i", kind="inet", programs=PROGRAMS)
    wait_until(lambda: "hello" in str(one.ask("supervisor.readProcessStdoutLog", "web", 0, 0)[1]))
    yield one
    one.stop()


@pytest.mark.parametrize("path", ["/", "/tail.html?processname=web"])
def test_it_says_in_red_that_the_server_is_gone_and_comes_back(browser, start, folder, path):
    side = Side("init", start, folder / "i", kind="inet", programs=PROGRAMS)
    page = browser.open(side.url + path)
    for words in LOST:
        page.forgive(words)
    page.wait("document.querySelector('#live').textContent === 'Live'")
    # No connection to the address gets through.
    page.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    os.kill(side.gateway.pid, signal.SIGKILL)
    page.wait("!!document.querySelector('#gone[role=alert]')", 30)
    assert "can’t be reached" in page.text()
    red, ground = page.run("[getComputedStyle(document.querySelector('#gone')).backgroundColor, getComputedStyle(document.body).backgroundColor]")
    assert red == "rgb(189, 47, 39)" and red != ground
    assert page.run("[...document.querySelectorAll('#content form[method=post] button')].every((button) => button.disabled)")
    assert page.run("document.querySelectorAll('#content form[method=post] button').length") > 0
    page.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    page.wait("!document.querySelector('#gone') && document.querySelector('#live').textContent === 'Live'", 30)
    assert page.run("[...document.querySelectorAll('#content form[method=post] button')].every((button) => !button.disabled)")
    assert page.complaints() == []
    page.close()
    side.stop()


def test_clearing_a_log_asks(browser, side):
    page = browser.open(side.url + "/")
    page.wait("document.querySelector('#live').textContent === 'Live'")
    button = '#row-web button[value="clearlog"]'
    log = side.folder / "web.log"
    page.click(button)
    page.wait("!!document.querySelector('dialog[open]')")
    assert "Clear the log of web?" in page.text()
    page.click("dialog button[autofocus]")
    page.wait("!document.querySelector('dialog')")
    assert log.read_text() == "hello\n"
    page.click(button)
    page.click("dialog .grave")
    wait_until(lambda: log.read_text() == "")
    page.wait("document.querySelector('#toast')?.textContent.includes('web')")
    assert page.complaints() == []
    page.close()


def test_without_javascript_the_server_asks(browser, side):
    page = browser.open(side.url + "/", script=False)
    page.click('#row-web button[value="clearlog"]')
    page.wait("!!document.querySelector('.confirm')")
    assert "Empty the logs of web?" in page.text() and (side.folder / "web.log").read_text() == "hello\n"
    page.click(".confirm .grave")
    wait_until(lambda: (side.folder / "web.log").read_text() == "")
    page.close()


def test_its_words_are_plain(browser, side):
    page = browser.open(side.url + "/")
    assert page.run("[...document.querySelectorAll('.show a')].map((link) => link.textContent.trim())") == [
        "All 4", "1 changing", "2 running", "1 stopped"]
    assert page.run("document.querySelector('h1').textContent") == "1 program is changing"
    empty = browser.open(side.url + "/tail.html?processname=silent")
    assert empty.run("getComputedStyle(document.querySelector('#log'), '::before').content") == '"No output yet."'
    for one in (page, empty):
        one.close()
