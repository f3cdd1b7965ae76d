package io.obd.nydussnapshotter.overlay;

import io.obd.commandline.Version;
import io.obd.linux.ErrnoException;
import io.obd.linux.Mounts;
import io.obd.linux.WorkingDirectory;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The program {@code nydus-overlayfs overlay TARGET -o OPTIONS}, as mount(8) calls it for the type {@code
 * fuse.nydus-overlayfs}: exit code 0 mounted, 1 failed, 2 wrong use.
 */
public final class Main {
    private static final String USAGE = "usage: nydus-overlayfs overlay TARGET -o OPTIONS";

    /** The kernel takes a page of options; from here on they are made shorter. */
    private static final int LIMIT = 4096 - 512;

    private Main() {}

    public static void main(String[] arguments) {
        if (Version.isPrinted(System.out, "nydus-overlayfs", arguments)) {
            return;
        }
        if (arguments.length == 1 && (arguments[0].equals("--help") || arguments[0].equals("-h"))) {
            System.out.println(USAGE);
            return;
        }
        if (arguments.length != 4
                || !arguments[0].equals("overlay")
                || arguments[1].isEmpty()
                || !arguments[2].equals("-o")) {
            System.err.println(USAGE);
            System.exit(2);
        }
        try {
            mount(Path.of(arguments[1]).toAbsolutePath(), OverlayOptions.parse(arguments[3]));
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("nydus-overlayfs: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void mount(Path target, OverlayOptions options) throws IOException {
        OverlayOptions fitting = options.within(LIMIT);
        if (!fitting.equals(options)) {
            WorkingDirectory.change(fitting.directory());
        }
        try {
            new Mounts().mount("overlay", target, "overlay", fitting.options());
        } catch (ErrnoException e) {
            throw new OverlayDirectories(target, fitting).explain(e);
        }
    }
}
