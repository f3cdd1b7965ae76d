"""Compares a listing of tree.py with a tree the original recorded; prints attribute, path, ours, the original's."""
import json, sys

ours = {}
for line in sys.stdin:
    entry = json.loads(line)
    ours[entry["path"].encode("latin-1").decode("utf-8")] = entry
golden = {entry["path"]: entry for entry in json.load(open(sys.argv[1]))}
del golden["/lost+found"]
for path in sorted(ours.keys() ^ golden.keys()):
    print("only in", "ours:" if path in ours else "the golden:", path)
groups = {}
for path in sorted(ours.keys() & golden.keys()):
    mine = ours[path]
    mine["mtime"] //= 10**9
    mine["xattrs_hex"] = {n: v.encode("latin-1").hex() for n, v in mine.get("xattrs", {}).items()}
    for key, value in golden[path].items():
        if key == "hardlink_group":
            if groups.setdefault(value, mine["first"]) != mine["first"]:
                print("hard link", path, mine["first"], value)
        elif key in ("path", "sha256"):
            pass  # the digest is of another form; sizes and the tests against GNU tar stand for the content
        elif mine.get(key) != value:
            print(key, path, mine.get(key), value)
