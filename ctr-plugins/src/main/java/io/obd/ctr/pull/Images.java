package io.obd.ctr.pull;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.obd.containerd.images.v1.CreateImageRequest;
import io.obd.containerd.images.v1.Image;
import io.obd.containerd.images.v1.ImagesGrpc;
import io.obd.containerd.images.v1.ImagesGrpc.ImagesBlockingV2Stub;
import io.obd.containerd.images.v1.UpdateImageRequest;
import io.obd.containerd.types.Descriptor;
import java.util.Map;

/** containerd's names of images. */
final class Images {
    private static final int ATTEMPTS = 3;

    private final ImagesBlockingV2Stub images;

    Images(Channel channel) {
        this.images = ImagesGrpc.newBlockingV2Stub(channel);
    }

    /** Lets {@code name} mean {@code target}, whatever it meant before. */
    void put(String name, Descriptor target, Map<String, String> labels) throws ContainerdException {
        Image image = Image.newBuilder()
                .setName(name)
                .setTarget(target)
                .putAllLabels(labels)
                .build();
        for (int attempt = 1; ; attempt++) {
            try {
                create(image);
                return;
            } catch (StatusException e) {
                // Between the two calls another client may have created or deleted the name.
                boolean raced = e.getStatus().getCode() == Status.Code.NOT_FOUND;
                if (!raced || attempt == ATTEMPTS) {
                    throw ContainerdException.of("record the image " + name, e);
                }
            }
        }
    }

    private void create(Image image) throws StatusException {
        try {
            images.create(CreateImageRequest.newBuilder().setImage(image).build());
        } catch (StatusException e) {
            if (e.getStatus().getCode() != Status.Code.ALREADY_EXISTS) {
                throw e;
            }
            images.update(UpdateImageRequest.newBuilder().setImage(image).build());
        }
    }
}
