/* See helper.h. */
#include "serve/helper.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/channel.h"

int helper_start(struct helper *helper,
                 void (*run)(int channel, const struct helper_settings *settings),
                 const struct helper_settings *settings)
{
    int ends[2], status = 0;
    int r = channel_pair(ends);

    if (r < 0)
        return r;
    /* A grandchild: nobody here has to bury it. */
    pid_t pid = fork();
    if (pid == 0) {
        pid = fork();
        if (pid == 0)
            run(ends[1], settings);
        _exit(pid < 0 ? 1 : 0);
    }
    r = pid < 0 ? -errno : -EAGAIN;
    close(ends[1]);
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        close(ends[0]);
        return r;
    }
    *helper = (struct helper){ .channel = ends[0] };
    return 0;
}

static void message_ready(struct watch *watch, uint32_t events)
{
    struct helper *helper = watch->context;
    uint8_t buffer[CHANNEL_MESSAGE_MAX];
    int fd = -1;

    (void)events;
    int64_t n = channel_receive(helper->channel, buffer, &fd);
    if (n == -EAGAIN)
        return;
    bool is_ours =
        n > 0 && helper->listener->heard(helper->context, span_of(buffer, (size_t)n), &fd);
    if (fd >= 0)
        close(fd);
    if (is_ours)
        return;
    helper_give_up(helper);
    helper->listener->lost(helper->context);
}

int helper_attach(struct helper *helper, struct loop *loop, const struct helper_listener *listener,
                  void *context)
{
    helper->watch = (struct watch){
        .fd = helper->channel, .events = EPOLLIN, .ready = message_ready, .context = helper
    };
    helper->listener = listener;
    helper->context = context;
    int r = loop_watch(loop, &helper->watch);
    if (r == 0)
        helper->loop = loop;
    return r;
}

bool helper_is_there(const struct helper *helper)
{
    return helper->channel >= 0;
}

int helper_send(struct helper *helper, struct span message, int fd)
{
    return helper_is_there(helper) ? channel_send(helper->channel, message, fd) : -EPIPE;
}

int64_t helper_receive(struct helper *helper, int wait_ms, uint8_t *buffer, int *ret_fd)
{
    struct pollfd wanted = { .fd = helper->channel, .events = POLLIN };
    int r;

    if (!helper_is_there(helper))
        return -EPIPE;
    do
        r = poll(&wanted, 1, wait_ms);
    while (r < 0 && errno == EINTR);
    if (r <= 0)
        return r < 0 ? -errno : -ETIMEDOUT;
    int64_t n = channel_receive(helper->channel, buffer, ret_fd);
    return n == 0 ? -EPIPE : n;
}

void helper_give_up(struct helper *helper)
{
    if (!helper_is_there(helper))
        return;
    if (helper->loop)
        loop_unwatch(helper->loop, &helper->watch);
    helper->loop = NULL;
    close(helper->channel);
    helper->channel = -1;
}
