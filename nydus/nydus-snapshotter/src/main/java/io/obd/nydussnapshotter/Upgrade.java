package io.obd.nydussnapshotter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exchanges all daemons for those of another program while containers run, one after the other. Then the path of the
 * program in the configuration becomes a link to the new one, so that later daemons are of it as well.
 */
final class Upgrade {
    private static final Logger LOG = LoggerFactory.getLogger(Upgrade.class);

    private final Supplier<Collection<Daemon>> daemons;
    private final Nydusd nydusd;

    /** @param nydusd how daemons are started until now */
    Upgrade(Supplier<Collection<Daemon>> daemons, Nydusd nydusd) {
        this.daemons = daemons;
        this.nydusd = nydusd;
    }

    /**
     * Does it.
     *
     * @param program the new one
     * @param version that it has to say it is of; empty for any
     * @throws IOException naming the daemon at which it stopped; those before it are exchanged
     */
    synchronized void run(Path program, String version) throws IOException {
        if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
            throw new IOException(program + " is no program");
        }
        Collection<Daemon> all = daemons.get();
        if (all.isEmpty()) {
            // Otherwise the new daemons say it.
            requireVersion(program, version);
        }
        for (Daemon daemon : all) {
            try {
                daemon.upgrade(nydusd.with(program.toString()), version);
            } catch (IOException e) {
                throw new IOException("nydusd " + daemon.id() + ": " + e.getMessage(), e);
            }
            LOG.info("nydusd {} is of {} now", daemon.id(), program);
        }
        link(Path.of(nydusd.settings().program()), program);
    }

    private static void requireVersion(Path program, String wanted) throws IOException {
        String has = NydusdVersion.of(program.toString()).number();
        if (!wanted.isEmpty() && !wanted.equals(has)) {
            throw new IOException(program + " is of version " + has + ", not " + wanted);
        }
    }

    /**
     * The same for the program in the configuration, with the daemons that are of another version: it was exchanged while no
     * snapshotter ran. A daemon for which that does not work out goes on as it is.
     */
    synchronized void followProgram() {
        Collection<Daemon> all = daemons.get();
        if (all.isEmpty()) {
            return;
        }
        NydusdVersion wanted;
        try {
            wanted = NydusdVersion.of(nydusd.settings().program());
        } catch (IOException e) {
            LOG.warn("daemons stay as they are: {}", e.getMessage());
            return;
        }
        for (Daemon daemon : all) {
            try {
                NydusdVersion has = daemon.api().status().version();
                if (!has.agreesWith(wanted)) {
                    daemon.upgrade(nydusd, "");
                    LOG.info("nydusd {} was of version {}, and is of {} now", daemon.id(), has, wanted);
                }
            } catch (IOException e) {
                LOG.warn("nydusd {} stays as it is: {}", daemon.id(), e.getMessage());
            }
        }
    }

    private static void link(Path configured, Path program) throws IOException {
        if (!configured.isAbsolute()) {
            LOG.warn("daemon.nydusd_path is {}, which is looked up in PATH: later daemons are of that", configured);
            return;
        }
        if (Files.exists(configured) && Files.isSameFile(configured, program)) {
            return;
        }
        Path fresh = configured.resolveSibling("." + configured.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createSymbolicLink(fresh, program);
        Files.move(fresh, configured, StandardCopyOption.ATOMIC_MOVE);
    }
}
