package io.obd.snapshots;

import com.google.protobuf.Timestamp;
import io.obd.containerd.snapshots.v1.Info;
import io.obd.containerd.snapshots.v1.Kind;
import java.time.Instant;

/** A snapshot as containerd's message. */
final class InfoMessage {
    private InfoMessage() {}

    static Info of(Snapshot snapshot) {
        return Info.newBuilder()
                .setName(snapshot.name())
                .setParent(snapshot.parent())
                .setKind(
                        switch (snapshot.kind()) {
                            case VIEW -> Kind.VIEW;
                            case ACTIVE -> Kind.ACTIVE;
                            case COMMITTED -> Kind.COMMITTED;
                        })
                .setCreatedAt(timestamp(snapshot.created()))
                .setUpdatedAt(timestamp(snapshot.updated()))
                .putAllLabels(snapshot.labels())
                .build();
    }

    private static Timestamp timestamp(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }
}
