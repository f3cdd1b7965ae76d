package io.obd.ctr.pull;

import io.obd.registry.Descriptor;
import java.util.List;

/** Is told how a pull goes on. Calls about layers come from several threads. */
public interface PullProgress extends AutoCloseable {

    /** The name is resolved. */
    void resolved(String reference, String digest);

    /** The image has these layers, bottom to top; later calls name them by their position. */
    void layers(List<Descriptor> layers);

    /** {@code bytes} more bytes of a layer have arrived. */
    void received(int layer, long bytes);

    /** A layer is being unpacked. */
    void unpacking(int layer);

    /** A layer has what it needs. */
    void finished(int layer, LayerResult result);

    /** No more calls will come. */
    @Override
    void close();
}
