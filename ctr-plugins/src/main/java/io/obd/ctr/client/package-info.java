/** containerd as its clients see it: images, content, snapshots, leases. */
@NullMarked
package io.obd.ctr.client;

import org.jspecify.annotations.NullMarked;
