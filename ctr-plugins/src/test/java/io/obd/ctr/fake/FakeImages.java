package io.obd.ctr.fake;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.images.v1.CreateImageRequest;
import io.obd.containerd.images.v1.CreateImageResponse;
import io.obd.containerd.images.v1.GetImageRequest;
import io.obd.containerd.images.v1.GetImageResponse;
import io.obd.containerd.images.v1.Image;
import io.obd.containerd.images.v1.ImagesGrpc;
import io.obd.containerd.images.v1.UpdateImageRequest;
import io.obd.containerd.images.v1.UpdateImageResponse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Images by name. */
public final class FakeImages extends ImagesGrpc.ImagesImplBase {
    public final Map<String, Image> byName = new ConcurrentHashMap<>();

    @Override
    public void get(GetImageRequest request, StreamObserver<GetImageResponse> observer) {
        Image image = byName.get(request.getName());
        if (image == null) {
            FakeContainerd.fail(observer, Status.NOT_FOUND, "image \"" + request.getName() + "\": not found");
            return;
        }
        FakeContainerd.answer(
                observer, GetImageResponse.newBuilder().setImage(image).build());
    }

    @Override
    public void create(CreateImageRequest request, StreamObserver<CreateImageResponse> observer) {
        Image image = request.getImage();
        if (byName.putIfAbsent(image.getName(), image) != null) {
            FakeContainerd.fail(observer, Status.ALREADY_EXISTS, "image " + image.getName() + ": already exists");
            return;
        }
        FakeContainerd.answer(
                observer, CreateImageResponse.newBuilder().setImage(image).build());
    }

    @Override
    public void update(UpdateImageRequest request, StreamObserver<UpdateImageResponse> observer) {
        Image image = request.getImage();
        if (byName.replace(image.getName(), image) == null) {
            FakeContainerd.fail(observer, Status.NOT_FOUND, "image " + image.getName() + ": not found");
            return;
        }
        FakeContainerd.answer(
                observer, UpdateImageResponse.newBuilder().setImage(image).build());
    }
}
