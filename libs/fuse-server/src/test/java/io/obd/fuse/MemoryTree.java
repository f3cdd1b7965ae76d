package io.obd.fuse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A tree in memory. Its root may change; directories below it do not. */
final class MemoryTree implements FuseTree, FuseObserver {
    private static final int DIRECTORY = 040755;
    private static final int FILE = 0100644;
    private static final int LINK = 0120777;

    final AtomicInteger lookups = new AtomicInteger();
    private final List<MemoryNode> nodes = new ArrayList<>();
    private final MemoryNode root = new MemoryNode(null, "", DIRECTORY, null, "");

    /** Whether looking for a name runs into a defect. */
    volatile boolean fails;

    MemoryNode root() {
        return root;
    }

    MemoryNode directory(MemoryNode parent, String name) {
        return new MemoryNode(parent, name, DIRECTORY, null, "");
    }

    MemoryNode file(MemoryNode parent, String name, FuseFile content) {
        return new MemoryNode(parent, name, FILE, content, "");
    }

    MemoryNode link(MemoryNode parent, String name, String target) {
        return new MemoryNode(parent, name, LINK, null, target);
    }

    @Override
    public synchronized @Nullable FuseNode node(long id) {
        return id < 1 || id > nodes.size() ? null : nodes.get((int) id - 1);
    }

    @Override
    public synchronized long files() {
        return nodes.size();
    }

    @Override
    public boolean hasNoXattrs() {
        return false;
    }

    @Override
    public FuseObserver observer() {
        return this;
    }

    @Override
    public void answered(Kind kind, long id, boolean failed) {
        if (kind == Kind.LOOKUP) {
            lookups.incrementAndGet();
        }
    }

    final class MemoryNode implements FuseNode {
        private final long id;
        private final MemoryNode parent;
        private final String name;
        private final int mode;
        private final @Nullable FuseFile content;
        private final String target;
        private final Map<String, MemoryNode> children = new TreeMap<>();

        private MemoryNode(
                @Nullable MemoryNode parent, String name, int mode, @Nullable FuseFile content, String target) {
            this.parent = parent == null ? this : parent;
            this.name = name;
            this.mode = mode;
            this.content = content;
            this.target = target;
            synchronized (MemoryTree.this) {
                nodes.add(this);
                id = nodes.size();
                if (parent != null) {
                    parent.children.put(name, this);
                }
            }
        }

        @Override
        public long id() {
            return id;
        }

        @Override
        public FuseAttributes attributes() {
            long size = content == null ? target.length() : content.size();
            return new FuseAttributes(size, 1_000_000, 7, 1_000_000, mode, 1, 12, 34, 0);
        }

        @Override
        public String path() {
            return parent == this ? "" : parent.path() + "/" + name;
        }

        @Override
        public @Nullable FuseNode child(byte[] wanted) {
            if (fails) {
                throw new IllegalStateException("a test");
            }
            synchronized (MemoryTree.this) {
                return children.get(new String(wanted, StandardCharsets.UTF_8));
            }
        }

        @Override
        public int entryCount() {
            synchronized (MemoryTree.this) {
                return children.size();
            }
        }

        @Override
        public byte[] entryName(int index) {
            return entry(index).name.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public MemoryNode entry(int index) {
            synchronized (MemoryTree.this) {
                return children.values().stream().skip(index).findFirst().orElseThrow();
            }
        }

        @Override
        public FuseNode parent() {
            return parent;
        }

        @Override
        public byte[] target() {
            return target.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public List<byte[]> xattrNames() {
            return content == null ? List.of() : List.of("user.name".getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public byte @Nullable [] xattr(byte[] wanted) {
            boolean known = content != null && new String(wanted, StandardCharsets.UTF_8).equals("user.name");
            return known ? name.getBytes(StandardCharsets.UTF_8) : null;
        }

        @Override
        public FuseFile content() {
            if (content == null) {
                throw new IllegalStateException(path() + " is no regular file");
            }
            return content;
        }

        @Override
        public boolean isComplete() {
            return parent != this;
        }
    }
}
