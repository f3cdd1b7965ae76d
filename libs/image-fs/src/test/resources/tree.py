"""Lists a tree with every attribute of every file, a JSON object per line. Bytes are shown as Latin-1."""
import hashlib, json, os, stat, sys


def text(name):
    return name.decode("latin-1")


def digest(path, size):
    """Over the blocks that are not zero, so that it is quick for files with holes and the same wherever they are."""
    sha = hashlib.sha256()
    with open(path, "rb") as f:
        at = 0
        while at < size:
            try:
                at = os.lseek(f.fileno(), at, os.SEEK_DATA) & ~4095
            except OSError:
                break
            piece = os.pread(f.fileno(), 1 << 16, at)
            for i in range(0, len(piece), 4096):
                block = piece[i:i + 4096]
                if block.strip(b"\0"):
                    sha.update(b"%d:" % (at + i) + block)
            at += 1 << 16
    return sha.hexdigest()


def describe(path, shown, first_names):
    st = os.lstat(path)
    entry = {"path": shown, "mode": oct(st.st_mode), "uid": st.st_uid, "gid": st.st_gid,
             "mtime": st.st_mtime_ns, "nlink": st.st_nlink}
    if stat.S_ISREG(st.st_mode):
        entry["size"] = st.st_size
        entry["sha256"] = digest(path, st.st_size)
    if stat.S_ISLNK(st.st_mode):
        entry["target"] = text(os.readlink(path))
    if stat.S_ISCHR(st.st_mode) or stat.S_ISBLK(st.st_mode):
        entry["rdev"] = [os.major(st.st_rdev), os.minor(st.st_rdev)]
    if not stat.S_ISDIR(st.st_mode) and st.st_nlink > 1:
        entry["first"] = first_names.setdefault(st.st_ino, shown)
    xattrs = {text(os.fsencode(n)): text(os.getxattr(path, n, follow_symlinks=False))
              for n in sorted(os.listxattr(path, follow_symlinks=False))}
    if xattrs:
        entry["xattrs"] = xattrs
    return entry


def walk(root):
    first_names = {}
    pending = [(root, "/")]
    while pending:
        path, shown = pending.pop()
        print(json.dumps(describe(path, shown, first_names), sort_keys=True))
        if stat.S_ISDIR(os.lstat(path).st_mode):
            for name in sorted(os.listdir(path), reverse=True):
                if not (shown == "/" and name == b"lost+found"):
                    pending.append((os.path.join(path, name), shown.rstrip("/") + "/" + text(name)))


walk(os.fsencode(sys.argv[1]))
