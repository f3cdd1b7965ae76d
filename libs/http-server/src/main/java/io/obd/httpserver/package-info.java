/** HTTP APIs that answer in JSON. */
@NullMarked
package io.obd.httpserver;

import org.jspecify.annotations.NullMarked;
