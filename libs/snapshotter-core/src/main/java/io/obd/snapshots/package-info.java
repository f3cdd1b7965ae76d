/** What every containerd snapshotter needs: the contract, its metadata, overlay mounts and recovery. Knows no image format. */
@NullMarked
package io.obd.snapshots;

import org.jspecify.annotations.NullMarked;
