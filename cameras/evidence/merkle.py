"""Build Merkle trees of SHA-256 (RFC 6962), and the paths that prove a leaf.

Pure: bytes in, bytes out. Leaves and nodes are hashed with different prefixes, so that neither passes for the other.
"""

from hashlib import sha256


def hash_leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def build_tree(leaves: list[bytes]) -> list[list[bytes]]:
    """Return the levels of the tree over hashed leaves, up to the root; a node without a sibling moves up unchanged."""
    tree = [list(leaves)]
    while len(row := tree[-1]) > 1:
        pairs = [hash_node(row[n], row[n + 1]) for n in range(0, len(row) - 1, 2)]
        tree.append(pairs + row[2 * len(pairs) :])
    return tree


def proof_path(tree: list[list[bytes]], index: int) -> list[bytes]:
    """Return the siblings from a leaf to the root; `tree` as `build_tree` returns it."""
    path = []
    for row in tree[:-1]:
        if (beside := index ^ 1) < len(row):
            path.append(row[beside])
        index //= 2
    return path


def root_from_path(hashed: bytes, index: int, size: int, neighbours: list[bytes]) -> bytes | None:
    """Return the root computed from a hashed leaf and its path; None if the path does not fit a tree of this size."""
    if not 0 <= index < size:
        return None
    neighbours = list(neighbours)
    while size > 1:
        if index ^ 1 < size:
            if not neighbours:
                return None
            beside = neighbours.pop(0)
            hashed = hash_node(beside, hashed) if index % 2 else hash_node(hashed, beside)
        index, size = index // 2, (size + 1) // 2
    return None if neighbours else hashed
