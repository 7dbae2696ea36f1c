"""The bill of materials of a lock: every library with its version and the sums of its files, as CycloneDX.

python -m tests.checks.bill requirements.lock
"""

import re
import sys
import tomllib
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def bill_of(lock: Path) -> Bom:
    """The bill of what a lock installs; the service itself is what it is for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    service = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        licenses=[DisjunctiveLicense(id=project["license"])],
        bom_ref="geoapp",
    )
    bill = Bom(components=[component_of(entry) for entry in re.split(r"\n(?=[a-z0-9])", lock.read_text())[1:]])
    bill.metadata.component = service
    bill.register_dependency(service, bill.components)
    return bill


def component_of(entry):
    """The library of one entry of a lock."""
    wanted = Requirement(entry.split(" \\\n")[0])
    version = str(wanted.specifier).removeprefix("==")
    sums = re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)
    return Component(
        name=wanted.name,
        version=version,
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", name=wanted.name, version=version),
        bom_ref=f"{wanted.name}=={version}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in sums],
    )


if __name__ == "__main__":
    bill = bill_of(ROOT / sys.argv[1])
    print(make_outputter(bill, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1))
