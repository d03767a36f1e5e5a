"""The documentation site."""

import json
import os
import re
import subprocess

import pytest

from supervised import ROOT

MKDOCS = ROOT / ".build/venv/bin/mkdocs"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    if not MKDOCS.exists():
        pytest.skip("mkdocs is not installed")
    done = subprocess.run([MKDOCS, "build", "--strict", "--quiet", "--site-dir", folder], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "SITE_REPOSITORY": "https://code.example/reeve"})
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_in_it_and_can_be_found(site):
    pages = {str(path.relative_to(ROOT / "docs").with_suffix("")) for path in (ROOT / "docs").rglob("*.md")} - {"index"}
    assert {page for page in pages if (site / page / "index.html").exists()} == pages
    index = json.loads((site / "search" / "search_index.json").read_text())
    found = {entry["location"].split("/#")[0].strip("/") for entry in index["docs"] if "healthcheck_http" in entry["text"]}
    assert {"keys", "guide/readiness"} <= found


def test_nothing_is_loaded_from_elsewhere_and_nothing_leads_nowhere(site):
    for page in site.rglob("*.html"):
        text = page.read_text()
        assert not re.search(r'<(?:script|link|img)[^>]*(?:src|href)="?https?://(?!code\.example|github\.com/OWNER)', re.sub(r'<link rel="?canonical[^>]*>', "", text)), page
        assert "../examples" not in text
    assert "https://code.example/reeve/blob/main/examples/kubernetes" in (site / "guide" / "kubernetes" / "index.html").read_text()
