"""Makes a tree with every kind of file that an image may hold."""
import os, struct, sys

root = os.fsencode(sys.argv[1])


def at(name):
    return os.path.join(root, os.fsencode(name) if isinstance(name, str) else name)


def write(name, content=b"", mode=0o644):
    with open(at(name), "wb") as f:
        f.write(content)
    os.chmod(at(name), mode)


def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)


UNDEFINED = 0xFFFFFFFF
for d in ("etc", "usr", "usr/bin", "dev", "tmp", "var/empty/deep", "names", "links", "times", "attrs"):
    os.makedirs(at(d), exist_ok=True)
os.chmod(at("tmp"), 0o1777)
os.chmod(at("etc"), 0o2750)

for size in (0, 1, 59, 60, 511, 512, 4095, 4096, 4097, 65536, 1 << 20, (3 << 20) + 17):
    write("usr/bin/f%d" % size, (b"%d:" % size * (size // 2 + 1))[:size])
write("usr/bin/sudo", b"root", 0o4755)
write("usr/bin/write", b"tty", 0o2755)
write("etc/shadow", b"secret", 0o000)

write("names/" + "n" * 255)
write(b"names/not-utf8-\xff\xfe")
write(b"names/new\nline and \\ and \xe6\x97\xa5")
os.makedirs(at("names/" + "/".join(["p" * 100] * 4)))
write("names/" + "/".join(["p" * 100] * 4) + "/leaf")

for length in (1, 59, 60, 61, 100, 101, 1000, 4000):
    os.symlink("t" * length if length < 256 else ("t" * 99 + "/") * (length // 100), at("links/s%d" % length))
write("links/a", b"linked")
os.link(at("links/a"), at("links/b"))
os.link(at("links/a"), at("etc/c"))
os.link(at("links/s59"), at("links/hard-to-symlink"))
os.mkfifo(at("links/fifo"), 0o620)

for name, kind, major, minor in (("null", 0o020000, 1, 3), ("sda", 0o060000, 8, 0), ("large", 0o060000, 259, 70000),
                                 ("max", 0o020000, 4095, 1048575), ("short", 0o020000, 255, 255)):
    os.mknod(at("dev/" + name), kind | 0o640, os.makedev(major, minor))

write("attrs/capability")
os.setxattr(at("attrs/capability"), "security.capability", struct.pack("<IIIII", 0x02000001, 0x400, 0, 0, 0))
write("attrs/user")
os.setxattr(at("attrs/user"), "user.empty", b"")
os.setxattr(at("attrs/user"), "user.binary", bytes(range(256)))
os.setxattr(at("attrs/user"), "user.note", b"line\nand=equals\0nul")
write("attrs/many")
for i in range(60):
    os.setxattr(at("attrs/many"), "user.%s%02d" % ("n" * (i % 7), 99 - i), b"v" * (i % 30))
write("attrs/big")
os.setxattr(at("attrs/big"), "user.big", b"B" * 3900)
write("attrs/longname")
os.setxattr(at("attrs/longname"), "user." + "x" * 250, b"value")
os.setxattr(at("attrs"), "user.dir", b"on a directory")
os.setxattr(at("links/s60"), "security.link", b"on a symlink", follow_symlinks=False)
os.setxattr(at("dev/null"), "security.dev", b"on a device")
write("attrs/acl")
os.setxattr(at("attrs/acl"), "system.posix_acl_access", acl(
    (1, 6, UNDEFINED), (2, 7, 70000), (4, 4, UNDEFINED), (8, 5, 100), (16, 7, UNDEFINED), (32, 0, UNDEFINED)))
os.setxattr(at("var"), "system.posix_acl_default", acl(
    (1, 7, UNDEFINED), (2, 5, 5), (4, 5, UNDEFINED), (16, 5, UNDEFINED), (32, 0, UNDEFINED)))

with open(at("usr/sparse"), "wb") as f:
    f.seek((5 << 30) + 1000)
    f.write(b"behind 5 GiB")
    f.seek(100)
    f.write(b"near the start")
with open(at("usr/pieces"), "wb") as f:
    for i in range(1200):
        f.seek(i * 16384 + 5000)
        f.write(b"piece %d" % i)
    f.truncate(1200 * 16384)

for i in range(1200):
    write("usr/many-%05d-%s" % (i, "y" * (i % 50)))

os.chown(at("usr/bin/f1"), 3000000, 4000000)
os.chown(at("etc/shadow"), 4294967294, 65536)
os.lchown(at("links/s1"), 1000, 65534)

times = {"zero": 0, "past-2038": 4000000000, "past-2106": 5000000000, "last": 9223372036}
for name, second in times.items():
    write("times/" + name)
    os.utime(at("times/" + name), ns=(0, second * 10**9 + 123456789))
os.utime(at("links/s100"), ns=(0, 1234567890123456789), follow_symlinks=False)
for i, (path, _, _) in enumerate(sorted(os.walk(root), reverse=True)):
    os.utime(path, ns=(0, (1600000000 + i) * 10**9 + i))
os.chmod(root, 0o711)
os.chown(root, 12, 34)
os.utime(root, ns=(0, 1111111111987654321))
