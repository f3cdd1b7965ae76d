package io.obd.ctr.pull;

/** What became of a layer. */
public sealed interface LayerResult {

    /** Its bytes stay in the registry. */
    record Lazy() implements LayerResult {}

    /** Its snapshot was there before. */
    record Present() implements LayerResult {}

    /** Its snapshot was there before, and its bytes are in the content store, as was asked for. */
    record Stored() implements LayerResult {}

    /**
     * It was downloaded, or found in the content store, and unpacked.
     *
     * @param reason why it was not kept lazy
     */
    record Unpacked(String reason) implements LayerResult {}
}
