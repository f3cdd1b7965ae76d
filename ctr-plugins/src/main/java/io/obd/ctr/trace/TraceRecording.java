package io.obd.ctr.trace;

import io.grpc.Channel;
import io.obd.ctr.client.BoundCalls;
import io.obd.ctr.client.Cleanup;
import io.obd.ctr.client.Containerd;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.CtrException;
import io.obd.ctr.client.Images;
import io.obd.ctr.client.Lease;
import io.obd.ctr.convert.NewImage;
import io.obd.linux.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes an image with an acceleration layer of another one: of what a container read, or of a list of files. What is made
 * is under a lease until the new name stands for it.
 */
public final class TraceRecording {
    private static final Duration LEASE = Duration.ofHours(24);
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMddHHmmss");

    /** What the backend reads of a list. */
    private static final int MAX_LIST = 64 * 1024;

    private final Containerd containerd;
    private final SystemCtr ctr;
    private final StopRequest stop;
    private final PrintWriter out;
    private final Clock clock;

    /**
     * @param out told how it goes on
     * @param clock for names and for what the image says about its making
     */
    public TraceRecording(Containerd containerd, SystemCtr ctr, StopRequest stop, PrintWriter out, Clock clock) {
        this.containerd = containerd;
        this.ctr = ctr;
        this.stop = stop;
        this.out = out;
        this.clock = clock;
    }

    /**
     * Records and makes the image.
     *
     * @param patience longest wait for containerd's first answer
     */
    public void run(RecordingRequest request, Duration patience) throws IOException, InterruptedException {
        String name = uniqueName();
        byte @Nullable [] list =
                request.priorityList().isPresent() ? list(request.priorityList().get()) : null;
        Lease lease = Lease.take(containerd.channel(), name, LEASE, patience);
        try {
            run(request, name, list, BoundCalls.toThisContext(lease.channel()));
        } catch (IOException | InterruptedException | RuntimeException e) {
            Cleanup.after(e, lease::release);
            throw e;
        }
        lease.release();
    }

    private void run(RecordingRequest request, String name, byte @Nullable [] list, Channel leased)
            throws IOException, InterruptedException {
        Images images = new Images(leased);
        ContentStore content = new ContentStore(leased);
        if (images.find(request.target()).isPresent()) {
            throw new CtrException("there is an image " + request.target() + " already");
        }
        AcceleratedImage image = AcceleratedImage.of(request.image(), images, content);
        byte[] trace = list == null ? record(request, name) : list;
        image.create(trace, new NewImage(request.target(), images, content), content, clock.instant());
        out.println("New image " + request.target() + " is created");
    }

    private byte[] list(Path file) throws IOException {
        out.println("Set priority list as acceleration layer");
        byte[] list = read(file);
        if (list.length == 0 || list.length > MAX_LIST) {
            throw new CtrException("--priority_list " + file + (list.length == 0 ? " is empty" : " is too long")
                    + ": from 1 to " + MAX_LIST + " bytes are taken, with one path in each line");
        }
        return list;
    }

    /** At most one byte more than is taken. It may be a pipe. */
    private static byte[] read(Path file) throws CtrException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(MAX_LIST + 1);
        } catch (IOException e) {
            throw new CtrException("--priority_list " + file + " cannot be read: " + Reason.of(e), null, e);
        }
    }

    private byte[] record(RecordingRequest request, String name) throws IOException, InterruptedException {
        try (TraceFile trace = TraceFile.create(request.workingDirectory(), name)) {
            run(request, name, trace);
            out.println("Collecting trace ...");
            out.flush();
            boolean stopped = stop.isRequested();
            byte[] bytes = trace.collect(request.time(), () -> stop.isRequested() && !stopped);
            if (bytes.length == 0) {
                throw new CtrException("the backend has written an empty trace: nothing was read from the image");
            }
            out.println("Found OK file, trace is available now at " + trace.path());
            return bytes;
        }
    }

    private void run(RecordingRequest request, String name, TraceFile trace) throws IOException, InterruptedException {
        RecordedContainer container = new RecordedContainer(ctr, request, stop, out);
        Optional<Path> plugins = request.cniPlugins();
        if (plugins.isPresent() && TraceNetwork.isPossible(plugins.get())) {
            try (TraceNetwork network = TraceNetwork.create(name, plugins.get())) {
                container.run(name, trace, Optional.of(network.path()));
            }
            return;
        }
        plugins.ifPresent(directory -> out.println("no CNI plugins bridge and host-local in " + directory
                + ": the container gets a network namespace without interfaces"));
        container.run(name, trace, Optional.empty());
    }

    private String uniqueName() {
        byte[] random = new byte[2];
        new SecureRandom().nextBytes(random);
        return "record-trace-" + STAMP.format(LocalDateTime.now(clock)) + "-"
                + HexFormat.of().formatHex(random);
    }
}
