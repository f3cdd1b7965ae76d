package io.obd.nydusify;

import java.util.Arrays;
import picocli.CommandLine.ExitCode;

/**
 * A conversion, and once more with layers that are referred to: the JVM's ahead-of-time cache is recorded from it, so that it
 * has what either needs.
 */
public final class Rehearsal {
    private Rehearsal() {}

    /** Takes the arguments of a conversion. */
    public static void main(String[] args) {
        String[] referring = Arrays.copyOf(args, args.length + 1);
        referring[args.length] = "--oci-ref";
        int code = Main.run(System.getenv(), args);
        System.exit(code == ExitCode.OK ? Main.run(System.getenv(), referring) : code);
    }
}
