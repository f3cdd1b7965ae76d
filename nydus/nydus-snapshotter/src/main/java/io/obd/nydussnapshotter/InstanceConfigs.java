package io.obd.nydussnapshotter;

import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Makes the daemons' configurations of images: where each is, and who may read it there. */
final class InstanceConfigs {
    /** Who answers for docker.io. */
    static final String HUB = "index.docker.io";

    private final Path template;
    private final Path cache;
    private final SnapshotterConfig.Remote remote;
    private final Mirrors mirrors;
    private final CredentialSource credentials;

    /**
     * @param template read for each image anew, so that a changed one counts without a restart
     * @param cache directory of what daemons have read
     */
    InstanceConfigs(
            Path template, Path cache, SnapshotterConfig.Remote remote, Mirrors mirrors, CredentialSource credentials) {
        this.template = template;
        this.cache = cache;
        this.remote = remote;
        this.mirrors = mirrors;
        this.credentials = credentials;
    }

    /** The configuration for an image, without credentials. */
    NydusdConfig of(RafsInstance instance) throws IOException {
        NydusdConfig config = NydusdConfig.template(template).of(instance.id(), cache);
        if (config.isRegistry()) {
            ImageReference image = instance.reference();
            config.source(image, mirrors.of(host(image)), remote.skipVerify());
        }
        return config;
    }

    /** What configurations are made of, as it is. */
    NydusdConfig bare() throws IOException {
        return NydusdConfig.template(template);
    }

    private String host(ImageReference image) {
        if (remote.vpcRegistry()) {
            return vpcHost(image.host());
        }
        return image.host().equals(ImageReference.DOCKER_HUB) ? HUB : image.host();
    }

    /** The name by which a registry of that cloud is reached from inside. */
    private static String vpcHost(String host) {
        int end = host.indexOf('.') < 0 ? host.length() : host.indexOf('.');
        String first = host.substring(0, end);
        return first.endsWith("-vpc") ? host : first + "-vpc" + host.substring(end);
    }

    /** What an image is read with: what came with its pull, or what is known for its repository. */
    Optional<Credentials> credentials(RafsInstance instance) throws IOException {
        Optional<Credentials> own = instance.credentials();
        if (own.isPresent() || instance.image().isEmpty()) {
            return own;
        }
        ImageReference image = instance.reference();
        return credentials.find(image.host(), image.repository());
    }
}
