package io.obd.snapshotter;

import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.ImageConfig;
import io.obd.image.ServiceConfig.Mirror;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import io.obd.snapshots.Layer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the backend what it needs beside the specifications: mirrors, and the credentials for the images of its devices. It
 * keeps them in memory, so they are told again after its restart, and new credentials before the old run out. The original
 * backend is told nothing: it has no control socket.
 */
final class Handover {
    private static final Logger LOG = LoggerFactory.getLogger(Handover.class);

    /** How long the backend may use what it is given, if we do not come back. */
    private static final Duration LIFE = Duration.ofHours(12);

    private record Given(Credentials credentials, Instant at) {}

    private final ControlClient backend;
    private final CredentialSource credentials;
    private final List<Mirror> mirrors;
    private final InstantSource clock;
    private final Map<Long, ImageReference> inUse = new HashMap<>();
    private final Map<String, Given> given = new HashMap<>();

    /** What the process that answers has been told of before an attach. */
    private final Set<ImageReference> attachable = new HashSet<>();

    /** That has been told the mirrors, and what the two above say. */
    private long process;

    /** @param mirrors asked before every registry, in this order */
    Handover(ControlClient backend, CredentialSource credentials, List<Mirror> mirrors, InstantSource clock) {
        this.backend = backend;
        this.credentials = credentials;
        this.mirrors = List.copyOf(mirrors);
        this.clock = clock;
    }

    /** Called before a device is attached. Never fails: the attach tells better what is wrong. */
    void before(Layer layer, ImageConfig spec) {
        Optional<ImageReference> repository = BlobUrls.repository(spec.repoBlobUrl());
        if (repository.isEmpty()) {
            return; // all of it is on this host
        }
        goesOn(layer, spec);
        try {
            tellAll(repository.get());
        } catch (ControlException e) {
            report(e);
        }
    }

    /**
     * Called before a device is attached that is marked as attached: a backend that was started since then knows nothing.
     * Never fails either.
     */
    void again(Layer layer, ImageConfig spec) {
        Optional<ImageReference> repository = BlobUrls.repository(spec.repoBlobUrl());
        if (repository.isEmpty()) {
            return;
        }
        goesOn(layer, spec);
        try {
            long answering = backend.health();
            if (isAttachable(repository.get(), answering)) {
                return;
            }
            tellMirrors();
            begins(answering);
            tell(repository.get(), (name, found) -> true);
            synchronized (this) {
                attachable.add(repository.get());
            }
        } catch (ControlException e) {
            report(e);
        }
    }

    private synchronized boolean isAttachable(ImageReference repository, long answering) {
        return !isNew(answering) && attachable.contains(repository);
    }

    /** A device was attached before we started. */
    synchronized void goesOn(Layer layer, ImageConfig spec) {
        BlobUrls.repository(spec.repoBlobUrl()).ifPresent(repository -> inUse.put(layer.id(), repository));
    }

    /** A device is detached. */
    synchronized void over(Layer layer) {
        inUse.remove(layer.id());
    }

    /** Tells everything again if the backend was started anew, and what has changed otherwise. */
    void renew() {
        Set<ImageReference> repositories;
        synchronized (this) {
            repositories = new HashSet<>(inUse.values());
        }
        if (repositories.isEmpty()) {
            return;
        }
        try {
            long answering = backend.health();
            if (isNew(answering)) {
                tellMirrors();
                begins(answering);
            }
            for (ImageReference repository : repositories) {
                tell(repository, this::isDue);
            }
        } catch (ControlException e) {
            report(e);
        }
    }

    private synchronized boolean isNew(long answering) {
        return answering != process;
    }

    /** Only now: a process that could not be told the mirrors is told them again, and credentials after that. */
    private synchronized void begins(long answering) {
        if (isNew(answering)) {
            process = answering;
            given.clear();
            attachable.clear();
        }
    }

    private void tellAll(ImageReference repository) throws ControlException {
        tellMirrors();
        tell(repository, (name, found) -> true);
    }

    private void tellMirrors() throws ControlException {
        if (!mirrors.isEmpty()) {
            backend.mirrors(mirrors);
        }
    }

    /** Tells those credentials for a repository that are wanted, of its registry and of the mirrors. */
    private void tell(ImageReference repository, BiPredicate<String, Credentials> wanted) throws ControlException {
        for (String host : hosts(repository)) {
            String name = host + "/" + repository.repository();
            Optional<Credentials> found = find(host, repository.repository());
            if (found.isPresent() && wanted.test(name, found.get())) {
                tell(name, found.get());
            }
        }
    }

    /** Mirrors may want credentials too, which are those for their own name. */
    private List<String> hosts(ImageReference repository) {
        Set<String> hosts = new HashSet<>(mirrors.stream().map(Mirror::host).toList());
        hosts.add(repository.host());
        return List.copyOf(hosts);
    }

    private Optional<Credentials> find(String host, String repository) {
        try {
            return credentials.find(host, repository);
        } catch (IOException e) {
            LOG.warn("no credentials for {}/{}: {}", host, repository, e.getMessage());
            return Optional.empty();
        }
    }

    private synchronized boolean isDue(String name, Credentials found) {
        Given last = given.get(name);
        return last == null
                || !last.credentials().equals(found)
                || last.at().plus(LIFE.dividedBy(2)).isBefore(clock.instant());
    }

    private void tell(String name, Credentials found) throws ControlException {
        backend.remember(name, found, LIFE);
        synchronized (this) {
            given.put(name, new Given(found, clock.instant()));
        }
        LOG.debug("the backend has credentials for {}: {}", name, found);
    }

    private static void report(ControlException e) {
        if (e instanceof ControlException.NotRunning) {
            LOG.debug("{}", e.getMessage()); // or the original, which has its cred.json
        } else {
            LOG.warn("{}", e.getMessage());
        }
    }
}
