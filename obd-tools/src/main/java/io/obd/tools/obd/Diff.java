package io.obd.tools.obd;

import io.obd.fs.FileInfo;
import io.obd.fs.FileSystemReader;
import io.obd.fs.NamedFile;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares the trees of two images. */
@Command(
        name = "diff",
        sortOptions = false,
        exitCodeOnExecutionException = Diff.TROUBLE,
        description = {
            "Shows what differs between the files of two images.",
            "Exit code 0: nothing, 1: something, 2: they could not be compared."
        })
final class Diff extends ImageCommand {
    static final int TROUBLE = 2;
    private static final int SAME = 0;
    private static final int DIFFERENT = 1;

    @Parameters(index = "0", paramLabel = "A", description = IMAGE)
    private String first = "";

    @Parameters(index = "1", paramLabel = "B", description = "another one")
    private String second = "";

    @Option(names = "--json", description = "as a JSON array")
    private boolean json;

    private record Pair(ByteString path, FileInfo a, FileInfo b) {}

    Diff(Map<String, String> environment) {
        super(environment);
    }

    @Override
    int run(Images images) throws IOException {
        try (Disk diskA = images.disk(first);
                Disk diskB = images.disk(second);
                FileSystemReader filesA = diskA.files();
                FileSystemReader filesB = diskB.files();
                DiffReport report = json ? DiffReport.json(out()) : DiffReport.text(out())) {
            FileComparer comparer = new FileComparer(diskA, filesA, diskB, filesB);
            Tree treeA = new Tree(filesA);
            Tree treeB = new Tree(filesB);
            Deque<Pair> pending = new ArrayDeque<>();
            pending.push(new Pair(ByteString.of("/"), filesA.root(), filesB.root()));
            while (!pending.isEmpty()) {
                Pair pair = pending.pop();
                report.changed(pair.path(), comparer.compare(pair.a(), pair.b()));
                boolean sameKind = pair.a().isDirectory() == pair.b().isDirectory();
                if (sameKind && pair.a().isDirectory()) {
                    treeA.enter(pair.path(), pair.a());
                    treeB.enter(pair.path(), pair.b());
                    compare(
                            pair.path(),
                            new Side(treeA, filesA.list(pair.a()), report::removed),
                            new Side(treeB, filesB.list(pair.b()), report::added),
                            pending);
                } else if (!sameKind) {
                    below(treeA, filesA, pair.path(), pair.a(), report::removed);
                    below(treeB, filesB, pair.path(), pair.b(), report::added);
                }
            }
            return report.isEmpty() ? SAME : DIFFERENT;
        }
    }

    /** What is in a directory that is none on the other side. */
    private static void below(Tree tree, FileSystemReader files, ByteString path, FileInfo file, Tree.Visitor visitor)
            throws IOException {
        if (file.isDirectory()) {
            tree.enter(path, file);
            for (NamedFile child : files.list(file)) {
                tree.walk(Tree.join(path, child.name()), child.file(), visitor);
            }
        }
    }

    private record Side(Tree tree, List<NamedFile> names, Tree.Visitor alone) {
        void alone(ByteString directory, int i) throws IOException {
            tree.walk(Tree.join(directory, names.get(i).name()), names.get(i).file(), alone);
        }
    }

    /** Goes through two sorted lists side by side. */
    private static void compare(ByteString directory, Side a, Side b, Deque<Pair> pending) throws IOException {
        Deque<Pair> both = new ArrayDeque<>();
        int i = 0;
        int j = 0;
        while (i < a.names().size() || j < b.names().size()) {
            int order = i == a.names().size()
                    ? 1
                    : j == b.names().size()
                            ? -1
                            : a.names().get(i).name().compareTo(b.names().get(j).name());
            if (order < 0) {
                a.alone(directory, i++);
            } else if (order > 0) {
                b.alone(directory, j++);
            } else {
                NamedFile left = a.names().get(i++);
                both.push(new Pair(
                        Tree.join(directory, left.name()),
                        left.file(),
                        b.names().get(j++).file()));
            }
        }
        both.forEach(pending::push);
    }
}
