package io.obd.e2e;

import io.grpc.StatusException;
import io.obd.containerd.UnixSocketChannel;
import io.obd.containerd.cri.v1.AuthConfig;
import io.obd.containerd.cri.v1.ContainerConfig;
import io.obd.containerd.cri.v1.ContainerMetadata;
import io.obd.containerd.cri.v1.CreateContainerRequest;
import io.obd.containerd.cri.v1.ExecSyncRequest;
import io.obd.containerd.cri.v1.ExecSyncResponse;
import io.obd.containerd.cri.v1.FilesystemUsage;
import io.obd.containerd.cri.v1.ImageFsInfoRequest;
import io.obd.containerd.cri.v1.ImageServiceGrpc;
import io.obd.containerd.cri.v1.ImageSpec;
import io.obd.containerd.cri.v1.LinuxPodSandboxConfig;
import io.obd.containerd.cri.v1.LinuxSandboxSecurityContext;
import io.obd.containerd.cri.v1.ListPodSandboxRequest;
import io.obd.containerd.cri.v1.NamespaceMode;
import io.obd.containerd.cri.v1.NamespaceOption;
import io.obd.containerd.cri.v1.PodSandbox;
import io.obd.containerd.cri.v1.PodSandboxConfig;
import io.obd.containerd.cri.v1.PodSandboxMetadata;
import io.obd.containerd.cri.v1.PullImageRequest;
import io.obd.containerd.cri.v1.RemoveContainerRequest;
import io.obd.containerd.cri.v1.RemoveImageRequest;
import io.obd.containerd.cri.v1.RemovePodSandboxRequest;
import io.obd.containerd.cri.v1.RunPodSandboxRequest;
import io.obd.containerd.cri.v1.RuntimeServiceGrpc;
import io.obd.containerd.cri.v1.StartContainerRequest;
import io.obd.containerd.cri.v1.StopContainerRequest;
import io.obd.containerd.cri.v1.StopPodSandboxRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A kubelet's part: images and pods through the CRI of a containerd. */
final class Cri implements AutoCloseable {
    /** The namespace of containerd that pods are in. */
    static final String NAMESPACE = "k8s.io";

    private static final long LIMIT_SECONDS = 90;

    private final UnixSocketChannel channel;

    Cri(Path socket) {
        this.channel = UnixSocketChannel.to(socket);
    }

    /** A pod that runs. */
    record Pod(String id, PodSandboxConfig config) {}

    /** What a program in a container said. */
    record Output(String out, String err, int status) {
        private static Output of(ExecSyncResponse response) {
            return new Output(
                    response.getStdout().toString(StandardCharsets.UTF_8),
                    response.getStderr().toString(StandardCharsets.UTF_8),
                    response.getExitCode());
        }
    }

    /** Pulls an image as the kubelet does for a pod with a secret for its registry. */
    void pull(String image, Registry.User user) throws StatusException {
        images().pullImage(PullImageRequest.newBuilder()
                .setImage(spec(image))
                .setAuth(AuthConfig.newBuilder().setUsername(user.name()).setPassword(user.password()))
                .build());
    }

    void removeImage(String image) throws StatusException {
        images().removeImage(
                        RemoveImageRequest.newBuilder().setImage(spec(image)).build());
    }

    /** What images take, by the directory they are in. */
    List<FilesystemUsage> imageUsage() throws StatusException {
        return images().imageFsInfo(ImageFsInfoRequest.getDefaultInstance()).getImageFilesystemsList();
    }

    /** Starts a pod in the network of the machine: it needs no network plugins. */
    Pod runPod(String name) throws StatusException {
        PodSandboxConfig config = PodSandboxConfig.newBuilder()
                .setMetadata(PodSandboxMetadata.newBuilder()
                        .setName(name)
                        .setUid(name)
                        .setNamespace("default"))
                .setLinux(LinuxPodSandboxConfig.newBuilder()
                        .setSecurityContext(LinuxSandboxSecurityContext.newBuilder()
                                .setNamespaceOptions(
                                        NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE))))
                .build();
        String id = pods().runPodSandbox(
                        RunPodSandboxRequest.newBuilder().setConfig(config).build())
                .getPodSandboxId();
        return new Pod(id, config);
    }

    /** Makes and starts a container in a pod; answers its id. */
    String startContainer(Pod pod, String name, String image, String... command) throws StatusException {
        ContainerConfig config = ContainerConfig.newBuilder()
                .setMetadata(ContainerMetadata.newBuilder().setName(name))
                .setImage(spec(image))
                .addAllCommand(List.of(command))
                .build();
        String id = pods().createContainer(CreateContainerRequest.newBuilder()
                        .setPodSandboxId(pod.id())
                        .setConfig(config)
                        .setSandboxConfig(pod.config())
                        .build())
                .getContainerId();
        pods().startContainer(
                        StartContainerRequest.newBuilder().setContainerId(id).build());
        return id;
    }

    Output exec(String container, String... command) throws StatusException {
        return Output.of(pods().execSync(ExecSyncRequest.newBuilder()
                .setContainerId(container)
                .addAllCmd(List.of(command))
                .setTimeout(LIMIT_SECONDS)
                .build()));
    }

    /** Ends a container at once and removes it. */
    void removeContainer(String id) throws StatusException {
        pods().stopContainer(
                        StopContainerRequest.newBuilder().setContainerId(id).build());
        pods().removeContainer(
                        RemoveContainerRequest.newBuilder().setContainerId(id).build());
    }

    /** Ends all pods and removes them with their containers. */
    void removePods() throws StatusException {
        for (PodSandbox pod : pods().listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                .getItemsList()) {
            pods().stopPodSandbox(StopPodSandboxRequest.newBuilder()
                    .setPodSandboxId(pod.getId())
                    .build());
            pods().removePodSandbox(RemovePodSandboxRequest.newBuilder()
                    .setPodSandboxId(pod.getId())
                    .build());
        }
    }

    @Override
    public void close() {
        channel.close();
    }

    private ImageServiceGrpc.ImageServiceBlockingV2Stub images() {
        return ImageServiceGrpc.newBlockingV2Stub(channel.channel()).withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private RuntimeServiceGrpc.RuntimeServiceBlockingV2Stub pods() {
        return RuntimeServiceGrpc.newBlockingV2Stub(channel.channel())
                .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private static ImageSpec spec(String image) {
        return ImageSpec.newBuilder().setImage(image).build();
    }
}
