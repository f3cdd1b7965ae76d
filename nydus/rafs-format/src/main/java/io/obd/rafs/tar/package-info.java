/** Images written as tars. */
package io.obd.rafs.tar;
