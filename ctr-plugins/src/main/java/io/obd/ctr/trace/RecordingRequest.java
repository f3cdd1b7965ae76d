package io.obd.ctr.trace;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to record.
 *
 * @param image name of an overlaybd image in containerd
 * @param target name of the result
 * @param command what the container runs, empty for what the image says
 * @param priorityList a file with the layer's content; nothing is run then
 * @param time how long the container may run, how long it may take to end, and how long the backend may take to write
 * @param workingDirectory for the trace
 * @param cniPlugins directory with CNI plugins for a network of the container's own
 */
public record RecordingRequest(
        String image,
        String target,
        List<String> command,
        Optional<Path> priorityList,
        Duration time,
        Path workingDirectory,
        String snapshotter,
        String runtime,
        Optional<Path> cniPlugins) {
    public RecordingRequest {
        command = List.copyOf(command);
    }
}
