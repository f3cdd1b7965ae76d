package io.obd.snapshotter;

import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import io.obd.snapshotter.Checkpoint.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes the device specifications: the parent's layers and one more on top. */
final class DeviceSpecs {
    private final LayerLabels labels;
    private final Checkpoint checkpoint;

    DeviceSpecs(LayerLabels labels) {
        this(labels, Checkpoint.NONE);
    }

    DeviceSpecs(LayerLabels labels, Checkpoint checkpoint) {
        this.labels = labels;
        this.checkpoint = checkpoint;
    }

    /** Specification of a layer whose blob is in the registry; all layers come from its repository then. */
    void writeRemote(Layer layer, List<Layer> parents) throws IOException {
        RemoteBlob blob = labels.remoteBlob(layer.labels());
        Lower lower = Lower.remote(blob.digest(), blob.size(), layer.fs().toString());
        write(layer, below(parents).with(lower, blob.repoBlobUrl()));
    }

    /** Specification of a layer whose file is in its own directory. */
    void writeLocal(Layer layer, List<Layer> parents) throws IOException {
        write(layer, below(parents).with(Lower.dir(layer.fs().toString()), ""));
    }

    /** Specification of a layer that refers to an original one on this host. */
    void writeTar(Layer layer, Lower lower, List<Layer> parents) throws IOException {
        write(layer, below(parents).with(lower, ""));
    }

    /** Specification of a layer of the form that preceded overlaybd. */
    void writeZdfs(Layer layer, ZdfsLayer zdfs, List<Layer> parents) throws IOException {
        BlockDirectory directory = BlockDirectory.of(layer);
        directory.make();
        zdfs.copyTo(directory.block());
        String url = Files.exists(directory.imageRef())
                ? labels.blobUrl(Files.readString(directory.imageRef()))
                : zdfs.repoBlobUrl();
        Lower lower = Lower.remote(zdfs.digest(), zdfs.size(), directory.block().toString());
        Specification below = parents.isEmpty() ? below(parents).with(ZdfsLayer.BASE, "") : below(parents);
        write(layer, below.with(lower, url));
    }

    /** A device that is no snapshot's: the data layers of some, and a writable one on top. */
    static ImageConfig device(List<Layer> parents, Upper upper, Path resultFile) throws IOException {
        Specification below = below(parents);
        return new ImageConfig(below.repoBlobUrl(), below.lowers(), upper, resultFile.toString(), false, "", null);
    }

    /** Specification of a layer that refers to an original one in the registry. */
    void writeTurboOci(Layer layer, TurboOciFiles files, List<Layer> parents) throws IOException {
        Lower lower = new Lower(
                files.metadata().toString(), layer.fs().toString(), "", 0, "", files.target(), files.gzipIndex());
        write(layer, below(parents).of(files.metadata().getFileName()).with(lower, files.repoBlobUrl()));
    }

    /** Specification of an image with a trace on top, which will be in its own directory. */
    void writeAcceleration(Layer layer, List<Layer> parents) throws IOException {
        Specification image = below(parents).with(Lower.dir(layer.fs().toString()), "");
        write(layer, new Specification(image.repoBlobUrl(), image.lowers(), Upper.NONE, true, ""));
    }

    /** Specification of a device with a writable layer, or of a second read-only one with the same content. */
    void writeDevice(Layer layer, Upper upper, Trace trace, List<Layer> parents) throws IOException {
        if (parents.isEmpty()) {
            write(layer, new Specification("", List.of(), upper, false, trace.path()));
            return;
        }
        ImageConfig below = read(parents.getFirst());
        boolean accelerated = below.accelerationLayer();
        String path = accelerated ? "" : trace.path();
        write(layer, new Specification(below.repoBlobUrl(), below.lowers(), upper, accelerated, path));
    }

    /** The specification of a layer. */
    static ImageConfig read(Layer layer) throws IOException {
        return ImageConfig.read(BlockDirectory.of(requireBlock(layer)).spec());
    }

    /** The same device, with a trace of its reads or without. */
    static void rewrite(Layer layer, Trace trace) throws IOException {
        ImageConfig now = read(layer);
        new ImageConfig(
                        now.repoBlobUrl(),
                        now.lowers(),
                        now.upper(),
                        now.resultFile(),
                        now.accelerationLayer(),
                        trace.path(),
                        now.download())
                .write(BlockDirectory.of(layer).spec());
    }

    private record Specification(
            String repoBlobUrl, List<Lower> lowers, Upper upper, boolean accelerationLayer, String trace) {
        /** With the metadata of turboOCI layers that has a name: they all have the same file system. */
        Specification of(Path metadata) {
            List<Lower> all = lowers.stream()
                    .map(lower -> lower.isTurboOci() && !lower.dir().isEmpty()
                            ? lower.withFile(Path.of(lower.dir(), metadata.toString()))
                            : lower)
                    .toList();
            return new Specification(repoBlobUrl, all, upper, accelerationLayer, trace);
        }

        /** @param url where all layers come from, empty to leave it */
        Specification with(Lower lower, String url) {
            List<Lower> all = new ArrayList<>(lowers);
            all.add(lower);
            return new Specification(url.isEmpty() ? repoBlobUrl : url, all, upper, accelerationLayer, trace);
        }
    }

    /** The data layers that a layer lies on. A trace among them is about the image below it alone. */
    private static Specification below(List<Layer> parents) throws IOException {
        if (parents.isEmpty()) {
            return new Specification("", List.of(), Upper.NONE, false, "");
        }
        ImageConfig below = read(parents.getFirst());
        List<Lower> lowers = below.accelerationLayer()
                ? below.lowers().subList(0, below.lowers().size() - 1)
                : below.lowers();
        return new Specification(below.repoBlobUrl(), lowers, Upper.NONE, false, "");
    }

    private void write(Layer layer, Specification specification) throws IOException {
        BlockDirectory directory = BlockDirectory.of(layer);
        directory.make();
        new ImageConfig(
                        specification.repoBlobUrl(),
                        specification.lowers(),
                        specification.upper(),
                        directory.resultFile().toString(),
                        specification.accelerationLayer(),
                        specification.trace(),
                        null)
                .write(directory.spec());
        directory.sync();
        checkpoint.reached(Step.SPEC_WRITTEN);
    }

    /**
     * A block layer can lie on block layers only: the device knows nothing of directories.
     *
     * @throws SnapshotException failed precondition
     */
    static Layer requireBlock(Layer parent) throws SnapshotException {
        if (parent.isOrdinary()) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION,
                    "an overlaybd layer cannot lie on " + parent.name() + ", which is an ordinary layer");
        }
        return parent;
    }
}
