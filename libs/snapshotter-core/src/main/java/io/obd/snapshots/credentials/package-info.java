/** Credentials of registries, from where a node has them: the runtime's pulls, docker's file, the kubelet's plugins. */
@NullMarked
package io.obd.snapshots.credentials;

import org.jspecify.annotations.NullMarked;
