package io.obd.holder;

import io.obd.linux.ProcessSession;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The holder's process. Started by {@link Holder}; does as little as possible, so that it needs never be replaced. */
final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        Path path = Path.of(args[0]);
        ProcessSession.leave();
        try (FileChannel file = FileChannel.open(
                        path.resolveSibling(path.getFileName() + ".lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
                FileLock lock = file.tryLock()) {
            if (lock == null) {
                System.err.println("holder: there is another one for " + path);
                System.exit(1);
            }
            HolderServer.listen(path, () -> Runtime.getRuntime().halt(0)).serve();
        }
    }
}
