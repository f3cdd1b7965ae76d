package io.obd.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes, controls and removes backstores. The kernel asks the process that serves them for its consent, and waits for
 * the answer without end: such calls are given up after a while here, with an error that says so, and a new device is
 * refused in the backend's place.
 */
public final class Backstores {
    /** Where configfs is mounted. */
    public static final Path CONFIGFS = Path.of("/sys/kernel/config");

    private static final String HBA = "user_";
    private static final int LONGEST_CONFIG = 255;
    private static final String SERIAL_PREFIX = "T10 VPD Unit Serial Number: ";

    /** Seconds; the longest that the kernel can count. How long a command may take is decided by who serves it. */
    private static final String NO_TIMEOUT = Integer.toString(Integer.MAX_VALUE / 1000);

    /** Bounds the requests that can be under way on one device. */
    private static final int DATA_AREA_MIB = 4;

    /** What the kernel calls a device in its questions to the backend. */
    private static final Path NUMBER = Path.of("statistics/scsi_dev/indx");

    private static final String REASON =
            "the backend that serves it (overlaybd-tcmu) does not answer the kernel; is it running?";

    private final KernelTree tree;
    private final Path core;
    private final Duration limit;

    /**
     * @param configfs where configfs is mounted
     * @param limit how long the backend may take to answer
     */
    public Backstores(Path configfs, Duration limit) {
        this(new HostTree(), configfs, limit);
    }

    Backstores(KernelTree tree, Path configfs, Duration limit) {
        this.tree = tree;
        this.core = configfs.resolve("target/core");
        this.limit = limit;
    }

    /**
     * Makes a backstore. When this returns the backend serves it.
     *
     * @param config tells the backend what to serve
     * @param serial the unit's serial number, by which udev and multipath tell disks apart
     * @throws java.nio.file.FileAlreadyExistsException if there is one of that name; it is left as it is
     * @throws ErrnoException with the backend's error number if it refuses, ETIMEDOUT if it does not answer; nothing is
     *     left then
     */
    public void create(Backstore backstore, String config, String serial) throws IOException {
        if (config.getBytes(StandardCharsets.UTF_8).length > LONGEST_CONFIG || config.matches("(?s).*[,\n].*")) {
            throw new IOException("the kernel takes at most " + LONGEST_CONFIG
                    + " bytes without commas as the configuration of a device, not " + config);
        }
        Path directory = directory(backstore);
        Path adapter = core.resolve(hba(backstore));
        if (!tree.isDirectory(adapter)) {
            tree.makeDirectory(adapter);
        }
        tree.makeDirectory(directory);
        try {
            set(directory.resolve("control"), "dev_config=" + config);
            set(directory.resolve("control"), "max_data_area_mb=" + DATA_AREA_MIB);
            set(directory.resolve("wwn/vpd_unit_serial"), serial);
            LimitedCall.run("enable of " + backstore, limit, REASON, () -> enable(directory));
            set(directory.resolve("attrib/cmd_time_out"), NO_TIMEOUT);
        } catch (LimitedCall.TimedOut e) {
            throw abandoned(backstore, e);
        } catch (IOException e) {
            removeAfter(e, backstore);
            throw e;
        }
    }

    /** The kernel waits for the backend's answer, and holds a removal back until then: it is answered here. */
    private IOException abandoned(Backstore backstore, LimitedCall.TimedOut timedOut) {
        ErrnoException failure = new ErrnoException(
                "enable of " + backstore, Errno.ETIMEDOUT, "no answer within " + limit.toSeconds() + " s: " + REASON);
        failure.addSuppressed(timedOut);
        try {
            tree.refuse(Integer.parseInt(tree.read(directory(backstore).resolve(NUMBER))));
        } catch (IOException | NumberFormatException e) {
            failure.addSuppressed(e); // it was answered after all, perhaps
        }
        removeAfter(failure, backstore);
        return failure;
    }

    private void removeAfter(IOException failure, Backstore backstore) {
        try {
            remove(backstore);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Gives up repeating before the call is given up, so that the error tells the kernel's answer. */
    private void enable(Path directory) throws IOException {
        KernelFile.write(tree, directory.resolve("enable"), "1", limit.dividedBy(2));
    }

    private void set(Path attribute, String value) throws IOException {
        KernelFile.write(tree, attribute, value, limit);
    }

    /** Removes a backstore that no LUN shows any more. It need not be there. */
    public void remove(Backstore backstore) throws IOException {
        LimitedCall.run("removal of " + backstore, limit, REASON, () -> tree.remove(directory(backstore)));
    }

    /** All that are there, in whatever state. */
    public List<Backstore> list() throws IOException {
        List<Backstore> found = new ArrayList<>();
        for (Path hba : tree.list(core, HBA + "*")) {
            String number = hba.getFileName().toString().substring(HBA.length());
            if (number.matches("\\d{1,18}")) {
                for (Path device : tree.list(hba, "*")) {
                    found.add(new Backstore(
                            Long.parseLong(number), device.getFileName().toString()));
                }
            }
        }
        return found;
    }

    /** What the backend was told to serve; empty if that has not been said yet, or the backstore is not there. */
    public String config(Backstore backstore) throws IOException {
        try {
            return tree.read(directory(backstore).resolve("attrib/dev_config"));
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    /** Tells a backstore from another one of the same name, made later. Empty if it is not there. */
    public Optional<String> identity(Backstore backstore) throws IOException {
        return ConfigDirectory.identity(directory(backstore));
    }

    /** Whether it is there, in whatever state. */
    public boolean exists(Backstore backstore) {
        return tree.isDirectory(directory(backstore));
    }

    /** Whether the backend was asked and said yes. */
    public boolean isEnabled(Backstore backstore) throws IOException {
        try {
            return tree.read(directory(backstore).resolve("enable")).equals("1");
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** The unit's serial number, empty if none was set. */
    public String serial(Backstore backstore) throws IOException {
        String text = tree.read(directory(backstore).resolve("wwn/vpd_unit_serial"));
        return text.startsWith(SERIAL_PREFIX)
                ? text.substring(SERIAL_PREFIX.length()).strip()
                : "";
    }

    /** Has the kernel hold back new commands. */
    public void block(Backstore backstore) throws IOException {
        action(backstore, "block_dev", "1");
    }

    /** Has the kernel give out commands again. */
    public void unblock(Backstore backstore) throws IOException {
        action(backstore, "block_dev", "0");
    }

    /** Empties the ring. Who sent the commands that were in it sends them again. */
    public void retryOutstanding(Backstore backstore) throws IOException {
        action(backstore, "reset_ring", "1");
    }

    /** Empties the ring. The commands that were in it fail. */
    public void failOutstanding(Backstore backstore) throws IOException {
        action(backstore, "reset_ring", "2");
    }

    private void action(Backstore backstore, String action, String value) throws IOException {
        set(directory(backstore).resolve("action").resolve(action), value);
    }

    Path directory(Backstore backstore) {
        return core.resolve(hba(backstore)).resolve(backstore.name());
    }

    private static String hba(Backstore backstore) {
        return HBA + backstore.hba();
    }
}
