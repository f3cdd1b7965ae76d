/** The parts of containerd's gRPC API that this project serves or calls, and gRPC over unix sockets. */
@NullMarked
package io.obd.containerd;

import org.jspecify.annotations.NullMarked;
