package io.obd.tcmu;

import io.obd.fuse.FuseOptions;
import io.obd.fuse.FuseServer;
import io.obd.fuse.FuseSession;
import io.obd.fuse.ServedFile;
import io.obd.holder.Held;
import io.obd.holder.Holder;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.LoopDevices;
import io.obd.linux.MountTable;
import io.obd.linux.RawFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The FUSE mount of the devices, with the holder that keeps its descriptors and the list of the devices: together they
 * outlive this process.
 *
 * @param survivors devices of an earlier run that are attached and wait for their images
 */
record HeldMount(Holder holder, FuseServer server, List<Survivor> survivors) {
    private static final Logger log = LoggerFactory.getLogger(HeldMount.class);
    private static final String SESSION = "fuse";

    /**
     * A device that has outlived the process that attached it.
     *
     * @param file what is served for it
     */
    record Survivor(DeviceRecord device, LateImage file) {}

    /** Takes the mount over from an earlier run; or cleans up what is left of one, and mounts. */
    static HeldMount open(Path mountPoint, Path holderSocket, LoopDevices loops, FuseOptions options)
            throws IOException {
        Leftovers leftovers = new Leftovers(mountPoint, loops);
        Holder holder = Holder.open(holderSocket);
        List<Held> all;
        try {
            all = holder.takeOver();
        } catch (ErrnoException e) {
            if (!e.is(Errno.ETIMEDOUT)) {
                throw e;
            }
            // Killed while it attached a device that nobody serves: it ends when that is over.
            log.error("the holder of descriptors does not answer: its devices are given up");
            leftovers.clean();
            all = holder.takeOver();
        }
        for (Held held : all) {
            if (held.key().equals(SESSION) && !held.descriptors().getFirst().hasError()) {
                return takeOver(mountPoint, holder, held, devices(all, holder, loops), options);
            }
        }
        for (Held held : all) {
            holder.release(held.key());
            for (RawFile descriptor : held.descriptors()) {
                descriptor.close();
            }
        }
        leftovers.clean();
        return mount(mountPoint, holder, options);
    }

    /** The devices that are there. Of others the holder need not know any more: their detach was cut off at its end. */
    private static List<DeviceRecord> devices(List<Held> all, Holder holder, LoopDevices loops) throws IOException {
        List<DeviceRecord> devices = new ArrayList<>();
        for (Held held : all) {
            for (DeviceRecord device : DeviceRecord.in(held)) {
                if (loops.isAttached(device.loopDevice())) {
                    devices.add(device);
                } else {
                    holder.release(held.key());
                }
            }
        }
        return devices;
    }

    private static HeldMount takeOver(
            Path mountPoint, Holder holder, Held held, List<DeviceRecord> devices, FuseOptions options)
            throws IOException {
        List<Survivor> survivors = devices.stream()
                .map(device -> new Survivor(device, new LateImage(device.size(), device.writable())))
                .toList();
        List<ServedFile> files = survivors.stream()
                .map(survivor -> new ServedFile(
                        survivor.device().file(), survivor.device().id(), survivor.file()))
                .toList();
        FuseSession session = FuseSession.decode(held.value());
        FuseServer server = FuseServer.takeOver(mountPoint, session, held.descriptors(), files, options);
        log.info("took over {} with {} devices", mountPoint, survivors.size());
        return new HeldMount(holder, server, survivors).kept();
    }

    private static HeldMount mount(Path mountPoint, Holder holder, FuseOptions options) throws IOException {
        if (MountTable.read().at(mountPoint).isEmpty()) {
            Files.createDirectories(mountPoint);
        }
        FuseServer server = FuseServer.mount(mountPoint, options);
        if (!server.session().canResend()) {
            log.warn("this kernel cannot send FUSE requests again (Linux 6.9): a crash of the daemon fails those that"
                    + " are under way then");
        }
        return new HeldMount(holder, server, List.of()).kept();
    }

    private HeldMount kept() throws IOException {
        holder.hold(new Held(SESSION, server.session().encode(), server.kept()));
        return this;
    }
}
