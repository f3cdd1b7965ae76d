package io.obd.ctr.convert;

import io.obd.convert.ConversionTarget;
import io.obd.convert.FinishedWork;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.Images;

/** Where the result of a conversion goes, and what is known there of those before. */
public interface Destination {

    /**
     * The place and the name.
     *
     * @param images of containerd
     * @param content of containerd, under a lease
     */
    ConversionTarget target(Images images, ContentStore content);

    /** @param kind what tells results of the same source apart */
    FinishedWork finished(String kind);
}
