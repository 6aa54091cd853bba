using System.Reflection;

namespace Berth.FaultyAgent;

/// <summary>Passes every call on to the real thing, and reaches a failpoint before it and, when it succeeded, after it.</summary>
internal class FailpointProxy<T> : DispatchProxy
    where T : class
{
    private T _real = null!;
    private Failpoints _points = null!;
    private Func<MethodInfo, object?[], string?> _nameOf = null!;

    /// <summary>Wraps the real thing. <paramref name="nameOf"/> names a call, or says by null that it has no failpoints.</summary>
    public static T Around(T real, Failpoints points, Func<MethodInfo, object?[], string?> nameOf)
    {
        var proxy = Create<T, FailpointProxy<T>>();
        var state = (FailpointProxy<T>)(object)proxy;
        (state._real, state._points, state._nameOf) = (real, points, nameOf);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = targetMethod!;
        if (_nameOf(method, args ?? []) is not { } name)
        {
            return Call(method, args);
        }

        _points.Reach($"{name}:before");
        return Call(method, args) switch
        {
            Task task when method.ReturnType == typeof(Task) => AfterAsync(task, name),
            Task task => typeof(FailpointProxy<T>).GetMethod(nameof(AfterResultAsync), BindingFlags.Instance | BindingFlags.NonPublic)!
                .MakeGenericMethod(method.ReturnType.GetGenericArguments()).Invoke(this, [task, name]),
            _ => throw new NotSupportedException($"{method} returns no task."),
        };
    }

    private object? Call(MethodInfo method, object?[]? arguments) =>
        method.Invoke(_real, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);

    private async Task AfterAsync(Task task, string name)
    {
        await task;
        _points.Reach($"{name}:after");
    }

    private async Task<TResult> AfterResultAsync<TResult>(Task<TResult> task, string name)
    {
        var result = await task;
        _points.Reach($"{name}:after");
        return result;
    }
}
