"""The software bill of materials: SPDX 2.3 as JSON. What is linked into which executable, with versions, licences and checksums."""

import datetime
import hashlib
import json
import re



def identifier(*words):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", "-".join(words))


def checksums(content):
    return [{"algorithm": name, "checksumValue": hashlib.new(name, content).hexdigest()} for name in ("SHA1", "SHA256")]


def purl(component, version, architecture):
    """The package URL; a Debian package also has its architecture."""
    known = f"{component.purl}@{version.replace(':', '%3A').replace('+', '%2B')}"
    return f"{known}?arch={architecture}&distro=debian-12" if component.purl.startswith("pkg:deb/") else known


def package(name, version, licence, holder, home, reference, **more):
    return {
        "SPDXID": identifier("Package", name), "name": name, "versionInfo": version, "supplier": f"Organization: {holder}",
        "downloadLocation": "NOASSERTION", "homepage": home, "filesAnalyzed": False, "licenseConcluded": licence, "licenseDeclared": licence,
        "copyrightText": f"Copyright {holder}",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": reference}], **more}


def document(build, release):
    contents = {name: (build.folder / name).read_bytes() for name in build.executables}
    # SPDX defines this code for the contents of a package.
    code = hashlib.sha1("".join(sorted(hashlib.sha1(content).hexdigest() for content in contents.values())).encode()).hexdigest()
    name = f"reeve-{release.version}-linux-{build.architecture}"
    product = package(
        "reeve", release.version, "Apache-2.0", "The authors of Reeve", "NONE", f"pkg:generic/reeve@{release.version}?arch={build.architecture}")
    product |= {
        "filesAnalyzed": True, "packageVerificationCode": {"packageVerificationCodeValue": code},
        "licenseInfoFromFiles": ["Apache-2.0"], "primaryPackagePurpose": "APPLICATION", "comment": f"Commit {release.commit}"}
    files = [
        {"SPDXID": identifier("File", executable), "fileName": f"./{executable}", "fileTypes": ["BINARY"], "checksums": checksums(content),
         "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": ["Apache-2.0"], "copyrightText": "NOASSERTION"}
        for executable, content in contents.items()]
    links = [("SPDXRef-DOCUMENT", "DESCRIBES", product["SPDXID"])]
    links += [(product["SPDXID"], "CONTAINS", file["SPDXID"]) for file in files]
    links += [(identifier("File", executable), "STATIC_LINK", identifier("Package", component.name))
              for executable, pairs in sorted(build.linked.items()) for component, _ in pairs]
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{name}-{code}",
        "creationInfo": {
            "created": datetime.datetime.fromtimestamp(release.time, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [f"Tool: reeve-dist-{release.version}"]},
        "packages": [product] + [
            package(component.name, version, component.licence, component.holder, component.home, purl(component, version, build.architecture),
                    primaryPackagePurpose="LIBRARY")
            for component, version in build.components],
        "files": files,
        "relationships": [{"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target} for source, kind, target in links]}


def text(build, release):
    return json.dumps(document(build, release), indent=2, ensure_ascii=False) + "\n"
