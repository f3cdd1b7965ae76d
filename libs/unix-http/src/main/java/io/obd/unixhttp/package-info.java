/** HTTP to servers on unix sockets, without a client library: requests are few and answers small. */
@NullMarked
package io.obd.unixhttp;

import org.jspecify.annotations.NullMarked;
