package io.obd.ctr.convert;

import io.obd.convert.ConversionTarget;
import io.obd.convert.FinishedWork;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.Images;

/** The result becomes an image of containerd, with all its layers. */
public record InContainerd(String name) implements Destination {
    @Override
    public ConversionTarget target(Images images, ContentStore content) {
        return new NewImage(name, images, content);
    }

    @Override
    public FinishedWork finished(String kind) {
        return FinishedWork.NONE;
    }
}
