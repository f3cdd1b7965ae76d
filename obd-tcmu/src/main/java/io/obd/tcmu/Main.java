package io.obd.tcmu;

import io.obd.commandline.Version;
import io.obd.image.ConfigException;
import io.obd.image.ServiceConfig;
import io.obd.linux.Reason;
import io.obd.linux.StopHook;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code overlaybd-tcmu [CONFIG]}: runs the backend daemon until it is told to stop. */
public final class Main {
    private Main() {}

    /** Reads the configuration, serves, and exits with 1 if that is not possible. */
    public static void main(String[] args) throws InterruptedException {
        String usage = "usage: overlaybd-tcmu [CONFIG]   (default " + ServiceConfig.DEFAULT_FILE + ")";
        if (Version.isPrinted(System.out, "overlaybd-tcmu", args)) {
            return;
        }
        if (args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"))) {
            System.out.println(usage);
            return;
        }
        if (args.length > 1 || (args.length == 1 && args[0].startsWith("-"))) {
            System.err.println(usage);
            System.exit(2);
        }
        Path file = args.length == 1 ? Path.of(args[0]) : ServiceConfig.DEFAULT_FILE;
        ServiceConfig config = read(file);
        Optional<String> problem = Logging.configure(config.log());
        Logger log = LoggerFactory.getLogger(Main.class);
        config.warnings().forEach(log::warn);
        problem.ifPresent(log::warn);
        StopHook<Service> hook = StopHook.set(e -> log.error("stopping: {}", Reason.withCauses(e)));
        try {
            var _ = hook.start(() -> Service.start(config, System.getenv()));
        } catch (IOException e) {
            log.error("cannot start with {}: {}", file, Reason.withCauses(e));
            System.exit(1);
        }
        new CountDownLatch(1).await();
    }

    private static ServiceConfig read(Path file) {
        try {
            return ServiceConfig.read(file);
        } catch (ConfigException e) {
            e.problems().forEach(System.err::println);
        } catch (IOException e) {
            System.err.println(file + ": cannot be read: " + Reason.withCauses(e));
        }
        System.exit(1);
        throw new AssertionError();
    }
}
