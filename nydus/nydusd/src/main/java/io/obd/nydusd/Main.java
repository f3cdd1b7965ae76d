package io.obd.nydusd;

import io.obd.commandline.Version;
import io.obd.linux.Mounts;
import io.obd.linux.Reason;
import io.obd.linux.StopHook;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code nydusd}: serves until it is unmounted or told to stop. Exit code 1: it could not; 2: wrong use. */
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG_USE = 2;

    private Main() {}

    /** Runs the daemon and ends the process. */
    public static void main(String[] args) throws InterruptedException {
        // Binding the C library takes as long as all that comes before it is needed.
        Thread.ofPlatform().name("bind").daemon().start(Mounts::new);
        var other = Options.otherService(args);
        if (other.isPresent()) {
            System.err.println("nydusd: the service " + other.get() + " is not supported, only fuse");
            System.exit(WRONG_USE);
        }
        Options options = parse(args);
        Logging.configure(options);
        Logger log = LoggerFactory.getLogger(Main.class);
        StopHook<Daemon> hook = StopHook.set(e -> log.error("stopping: {}", Reason.withCauses(e)));
        try {
            hook.start(() -> Daemon.start(options, System.getenv(), new ErofsMount(Main::mountErofs)))
                    .awaitEnd();
            // A signal that comes now finds the daemon ended already.
            System.exit(0);
        } catch (IOException e) {
            log.error("cannot start: {}", Reason.withCauses(e));
            System.exit(FAILED);
        }
    }

    private static void mountErofs(String source, Path target, String type, List<String> options) throws IOException {
        new Mounts().mount(source, target, type, options);
    }

    /** The options, or the end of the process where these cannot be understood. */
    static Options parse(String[] args) {
        Options options = new Options();
        CommandLine command = new CommandLine(options);
        if (Arrays.asList(args).contains("-V") || Arrays.asList(args).contains("--version")) {
            System.out.println("Version: \t" + Version.TEXT);
            System.out.println("Java: \t\t" + Runtime.version());
            System.exit(0);
        }
        try {
            command.parseArgs(args);
            if (command.isUsageHelpRequested()) {
                command.usage(System.out);
                System.exit(0);
            }
            options.check();
        } catch (ParameterException e) {
            System.err.println("nydusd: " + e.getMessage() + " (--help shows the options)");
            System.exit(WRONG_USE);
        }
        return options;
    }
}
