package io.obd.ctr.pull;

/** What became of a layer. */
public sealed interface LayerResult {

    /** Its bytes stay in the registry. */
    record Lazy() implements LayerResult {}

    /** Its snapshot was there before. */
    record Present() implements LayerResult {}

    /**
     * It was downloaded, or found in the content store, and unpacked.
     *
     * @param reason why it was not kept lazy
     */
    record Unpacked(String reason) implements LayerResult {}
}
