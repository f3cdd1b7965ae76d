package io.obd.ctr.client;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.obd.containerd.images.v1.CreateImageRequest;
import io.obd.containerd.images.v1.GetImageRequest;
import io.obd.containerd.images.v1.Image;
import io.obd.containerd.images.v1.ImagesGrpc;
import io.obd.containerd.images.v1.ImagesGrpc.ImagesBlockingV2Stub;
import io.obd.containerd.images.v1.UpdateImageRequest;
import io.obd.containerd.types.Descriptor;
import java.util.Map;
import java.util.Optional;

/** containerd's names of images. */
public final class Images {
    private static final int ATTEMPTS = 3;

    private final ImagesBlockingV2Stub images;

    /** @param channel calls are made on it */
    public Images(Channel channel) {
        this.images = ImagesGrpc.newBlockingV2Stub(channel);
    }

    /** What {@code name} means, if it means anything. */
    public Optional<io.obd.registry.Descriptor> find(String name) throws ContainerdException {
        try {
            Descriptor target = images.get(
                            GetImageRequest.newBuilder().setName(name).build())
                    .getImage()
                    .getTarget();
            return Optional.of(Descriptors.parse(target));
        } catch (StatusException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw ContainerdException.of("look up the image " + name, e);
        }
    }

    /**
     * What {@code name} means.
     *
     * @throws CtrException if there is no such image
     */
    public io.obd.registry.Descriptor get(String name) throws CtrException {
        return find(name)
                .orElseThrow(() -> new CtrException(
                        "there is no image " + name + " in containerd",
                        "pull it first, and name it as 'ctr image ls' does",
                        null));
    }

    /** Lets {@code name} mean {@code target}, whatever it meant before. */
    public void put(String name, Descriptor target, Map<String, String> labels) throws ContainerdException {
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
