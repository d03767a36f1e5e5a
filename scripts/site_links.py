"""A hook of mkdocs: what documents link to outside of docs/ is a file of the repository."""

import os
import posixpath
import re

#: Where the repository can be seen, without a slash at the end; SITE_REPOSITORY has it in the workflow.
REPOSITORY = os.environ.get("SITE_REPOSITORY", "https://github.com/OWNER/reeve")


def on_page_markdown(markdown, page, **_):
    folder = posixpath.dirname(f"docs/{page.file.src_uri}")

    def outside(link):
        path = posixpath.normpath(posixpath.join(folder, link[1]))
        return link[0] if path.startswith("docs/") else f"]({REPOSITORY}/blob/main/{path})"

    return re.sub(r"\]\((\.\./[^)#\s]*)\)", outside, markdown)
