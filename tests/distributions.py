"""Write small distributions with entry points into a folder of `sys.path`."""

from pathlib import Path


def write_distribution(
    folder: Path, name: str, modules: dict[str, str], entry_points: dict[str, dict[str, str]]
) -> None:
    """Write modules and metadata of a distribution. `entry_points`: group → name → target."""
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    metadata = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [
        line
        for group, named in entry_points.items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in named.items()))
    ]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
