package io.obd.tcmu;

import io.obd.linux.Backstore;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the kernel calls a device: {@code tcm-user/<hba>/<name>/overlaybd/<path>[;<dev_id>]}. The path is absolute, so
 * that there usually are two slashes.
 *
 * @param config the device specification
 * @param devId a name for the device in the live snapshot API, empty if it has none
 */
record TcmuName(Backstore backstore, Path config, String devId) {
    private static final String PREFIX = "overlaybd/";
    private static final Pattern FORM =
            Pattern.compile("tcm-user/(\\d{1,9})/([^/]+)/" + PREFIX + "+(.+?)(?:;([^/;]*))?", Pattern.DOTALL);

    /** The HBA of devices whose id does not say one. */
    private static final long OWN_HBA = 0;

    private static final Pattern ID_WITH_HBA = Pattern.compile("([1-9]\\d{0,8})-(.+)");
    private static final String DEVICE = "dev_";

    /** Reads a name; empty if the device belongs to another program. */
    static Optional<TcmuName> parse(String name) {
        Matcher matcher = FORM.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new TcmuName(
                    new Backstore(Long.parseLong(matcher.group(1)), matcher.group(2)),
                    Path.of("/" + matcher.group(3)),
                    matcher.group(4) == null ? "" : matcher.group(4)));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** What the kernel is told of a device with this specification. */
    static String configuration(Path config) {
        return PREFIX + config;
    }

    /** Where the device of that id is: the snapshotter's {@code <tenant>-<snapshot>} is the original's place. */
    static Backstore backstore(String id) {
        Matcher matcher = ID_WITH_HBA.matcher(id);
        return matcher.matches()
                ? new Backstore(Long.parseLong(matcher.group(1)), DEVICE + matcher.group(2))
                : new Backstore(OWN_HBA, DEVICE + id);
    }

    /** Whether the kernel was told that a device with this configuration is served here. */
    static boolean isOurs(String configuration) {
        return configuration.startsWith(PREFIX);
    }

    /** The id of the device. */
    String id() {
        return id(backstore);
    }

    /** The reverse of {@link #backstore(String)}. Names of another form get an id that nobody can ask for. */
    static String id(Backstore backstore) {
        if (!backstore.name().startsWith(DEVICE)) {
            return backstore.hba() + "/" + backstore.name();
        }
        String name = backstore.name().substring(DEVICE.length());
        return backstore.hba() == OWN_HBA ? name : backstore.hba() + "-" + name;
    }
}
