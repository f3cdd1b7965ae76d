package io.obd.blobstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FetchBuffersTest {
    private final FetchBuffers buffers = new FetchBuffers();

    @Test
    void whatIsGivenBackIsTakenAgain() {
        FetchBuffers.Buffer first = buffers.take(100);
        FetchBuffers.Buffer second = buffers.take(100);
        assertThat(second).isNotSameAs(first);
        first.bytes().position(10).limit(20);
        first.giveBack();

        assertThat(buffers.take(200)).isNotSameAs(first);
        assertThat(buffers.take(100)).isSameAs(first);
        assertThat(first.bytes().remaining()).isEqualTo(100);
    }

    @Test
    void whatNobodyHasHadForAWhileIsFreed() {
        FetchBuffers.Buffer used = buffers.take(100);
        FetchBuffers.Buffer unused = buffers.take(100);
        unused.giveBack();
        used.giveBack();
        buffers.trim();
        buffers.take(100).giveBack();
        buffers.trim();

        assertThatThrownBy(() -> unused.bytes().get(0)).isInstanceOf(IllegalStateException.class);
        assertThat(buffers.take(100)).isSameAs(used);
        assertThat(used.bytes().get(0)).isZero();
    }

    @Test
    void afterTheEndWhatIsGivenBackIsFreed() {
        FetchBuffers.Buffer late = buffers.take(100);
        FetchBuffers.Buffer early = buffers.take(100);
        early.giveBack();
        buffers.close();
        assertThatThrownBy(() -> early.bytes().get(0)).isInstanceOf(IllegalStateException.class);
        assertThat(late.bytes().get(0)).isZero();
        late.giveBack();

        assertThatThrownBy(() -> late.bytes().get(0)).isInstanceOf(IllegalStateException.class);
    }
}
