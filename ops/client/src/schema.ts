// Made by `npm run generate` from the OpenAPI document. Not written by hand.
export interface paths {
    "/api/asyncapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows the document of the sockets
         * @description It follows AsyncAPI 3: the messages of the protocol and one for each type of event.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The document */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows the public configuration
         * @description Addresses and features that a frontend needs at run time.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The configuration */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "app_url": "https://app.example.com",
                         *       "features": {
                         *         "billing": false,
                         *         "error_reports": false,
                         *         "registration": true
                         *       },
                         *       "sentry_dsn": null,
                         *       "version": "0.1.0",
                         *       "ws_url": "wss://ws.example.com"
                         *     }
                         */
                        "application/json": components["schemas"]["PublicConfig"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says whether the service works
         * @description 200 while this copy serves, with or without Redis; 503 where it cannot, or is about to stop. `quick=true` asks nothing
         *     but the process itself.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only whether the process answers: nothing else is asked. */
                    quick?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It serves */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "checks": {
                         *         "database": {
                         *           "latency_ms": 1,
                         *           "status": "ok"
                         *         },
                         *         "redis": {
                         *           "latency_ms": 1,
                         *           "status": "ok"
                         *         }
                         *       },
                         *       "status": "ok"
                         *     }
                         */
                        "application/json": components["schemas"]["HealthAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows this very document
         * @description It follows OpenAPI 3.1.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The document */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/broadcast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Says something to every open socket
         * @description As the notice `platform.broadcast`. Whoever is not connected never sees it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "level": "info",
                     *       "message": "Maintenance from 22:00 to 22:30 UTC"
                     *     }
                     */
                    "application/json": components["schemas"]["Broadcast"];
                };
            };
            responses: {
                /** @description The gateways were told */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/figures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The platform in figures */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The figures */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": {
                         *         "running": 63,
                         *         "stopped": 12
                         *       },
                         *       "connections": {
                         *         "binance": 41,
                         *         "paper": 90
                         *       },
                         *       "orders_today": 4180,
                         *       "sessions": 88,
                         *       "users": {
                         *         "active": 120
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["PlatformFigures"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/maintenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Switches maintenance mode
         * @description While it is on, everybody but admins is answered 503 `maintenance` with `Retry-After`, and sockets are told by the
         *     notice `platform.maintenance`. Signing in stays possible, health goes on telling the truth, and the engine goes on
         *     trading. Other copies follow within a second or two.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "enabled": true,
                     *       "message": "Back at 22:30 UTC",
                     *       "retry_after_s": 600
                     *     }
                     */
                    "application/json": components["schemas"]["SetMaintenance"];
                };
            };
            responses: {
                /** @description Maintenance mode after the change */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "enabled": true,
                         *       "message": "Back at 22:30 UTC",
                         *       "retry_after_s": 600
                         *     }
                         */
                        "application/json": components["schemas"]["Maintenance"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists all plans
         * @description Those that are no longer on offer too.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The plans */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "description": "For those who trade every day",
                         *           "entitlements": {
                         *             "backtest_candles": 2000000,
                         *             "backtests_per_day": 100,
                         *             "live_trading": true,
                         *             "max_active_deals": 50,
                         *             "max_bots": 20,
                         *             "max_connections": 3
                         *           },
                         *           "id": "pro",
                         *           "is_offered": true,
                         *           "name": "Pro",
                         *           "position": 2,
                         *           "price": {
                         *             "amount": "29",
                         *             "currency": "eur",
                         *             "interval": "month",
                         *             "interval_count": 1
                         *           },
                         *           "stripe_price_id": "price_1Q2w3E",
                         *           "updated_at": "2025-01-15T09:30:00.000Z",
                         *           "version": 3
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Plan"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/plans/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Makes or changes a plan
         * @description The price is looked up at Stripe. Subscriptions keep the price that they began with, and stay subscriptions to this
         *     plan. Limits hold at once for what is made or started from then on; an edit pauses nothing.
         */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that is changed, as `ETag` gave it; `*` for whichever is there */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description Id of the plan */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "description": "For those who trade every day",
                     *       "entitlements": {
                     *         "backtest_candles": 2000000,
                     *         "backtests_per_day": 100,
                     *         "live_trading": true,
                     *         "max_active_deals": 50,
                     *         "max_bots": 20,
                     *         "max_connections": 3
                     *       },
                     *       "is_offered": true,
                     *       "name": "Pro",
                     *       "position": 2,
                     *       "stripe_price_id": "price_1Q2w3E",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["PutPlan"];
                };
            };
            responses: {
                /** @description The plan after the change */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "description": "For those who trade every day",
                         *       "entitlements": {
                         *         "backtest_candles": 2000000,
                         *         "backtests_per_day": 100,
                         *         "live_trading": true,
                         *         "max_active_deals": 50,
                         *         "max_bots": 20,
                         *         "max_connections": 3
                         *       },
                         *       "id": "pro",
                         *       "is_offered": true,
                         *       "name": "Pro",
                         *       "position": 2,
                         *       "price": {
                         *         "amount": "29",
                         *         "currency": "eur",
                         *         "interval": "month",
                         *         "interval_count": 1
                         *       },
                         *       "stripe_price_id": "price_1Q2w3E",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Plan"];
                    };
                };
                /** @description The new plan */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "description": "For those who trade every day",
                         *       "entitlements": {
                         *         "backtest_candles": 2000000,
                         *         "backtests_per_day": 100,
                         *         "live_trading": true,
                         *         "max_active_deals": 50,
                         *         "max_bots": 20,
                         *         "max_connections": 3
                         *       },
                         *       "id": "pro",
                         *       "is_offered": true,
                         *       "name": "Pro",
                         *       "position": 2,
                         *       "price": {
                         *         "amount": "29",
                         *         "currency": "eur",
                         *         "interval": "month",
                         *         "interval_count": 1
                         *       },
                         *       "stripe_price_id": "price_1Q2w3E",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Plan"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/security-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The security log
         * @description Newest first; kept for a year.
         */
        get: {
            parameters: {
                query?: {
                    /** @description From this address. */
                    address?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Only those that happened at or after this time. */
                    from?: string;
                    /** @description Of this kind, such as `login_failed`. */
                    kind?: string;
                    /** @description Rows of a page, 50 by default. */
                    limit?: number;
                    /** @description Only those that happened before this time. */
                    to?: string;
                    /** @description Of this account; what an admin did is an entry of both accounts. */
                    user_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of entries */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "address": "198.51.100.7",
                         *           "agent": "Mozilla/5.0",
                         *           "at": "2025-01-15T09:30:00.000Z",
                         *           "detail": {},
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "kind": "logged_in",
                         *           "user_id": "019467a0-5e00-7000-8000-0000000000e5"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_LogEntry"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the platform is switched */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Every switch */
                200: {
                    headers: {
                        /** @description The version, for `If-Match` */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "maintenance": {
                         *         "enabled": false,
                         *         "message": null,
                         *         "retry_after_s": 1
                         *       },
                         *       "registration": "open",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Switches"];
                    };
                };
                /** @description `If-None-Match` names the `ETag` of what is there: no body */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes switches of the platform
         * @description Other copies follow within a second or two. Maintenance mode has a route of its own.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that is changed, as `ETag` gave it; `*` for whichever is there */
                    "If-Match"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "registration": "open",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["UpdateSettings"];
                };
            };
            responses: {
                /** @description Every switch, after the change */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "maintenance": {
                         *         "enabled": false,
                         *         "message": null,
                         *         "retry_after_s": 1
                         *       },
                         *       "registration": "open",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Switches"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the accounts
         * @description The newest come first.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Rows of a page, 50 by default. */
                    limit?: number;
                    /** @description Address or display name holds this text, whatever its case. */
                    q?: string;
                    /** @description Of this role. */
                    role?: components["schemas"]["RoleName"];
                    /** @description Of this status. */
                    status?: components["schemas"]["StatusName"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of accounts */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "bots": 2,
                         *           "connections": 1,
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "display_name": "Ann",
                         *           "email": "ann@example.com",
                         *           "email_verified": true,
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "last_seen_at": "2025-01-15T09:30:00.000Z",
                         *           "role": "user",
                         *           "status": "active",
                         *           "status_reason": null,
                         *           "updated_at": "2025-01-15T09:30:00.000Z",
                         *           "version": 3
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Account"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows an account */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the account */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The account */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 2,
                         *       "connections": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "display_name": "Ann",
                         *       "email": "ann@example.com",
                         *       "email_verified": true,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "last_seen_at": "2025-01-15T09:30:00.000Z",
                         *       "role": "user",
                         *       "status": "active",
                         *       "status_reason": null,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}/ban": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bans an account
         * @description What a suspension does, but for good.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the account */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "reason": "Asked for by its owner"
                     *     }
                     */
                    "application/json": components["schemas"]["StatusChange"];
                };
            };
            responses: {
                /** @description The account after the change */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 2,
                         *       "connections": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "display_name": "Ann",
                         *       "email": "ann@example.com",
                         *       "email_verified": true,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "last_seen_at": "2025-01-15T09:30:00.000Z",
                         *       "role": "user",
                         *       "status": "active",
                         *       "status_reason": null,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}/reactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lets an account be used again
         * @description Its bots stay paused until their user resumes them.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the account */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "reason": "Asked for by its owner"
                     *     }
                     */
                    "application/json": components["schemas"]["StatusChange"];
                };
            };
            responses: {
                /** @description The account after the change */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 2,
                         *       "connections": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "display_name": "Ann",
                         *       "email": "ann@example.com",
                         *       "email_verified": true,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "last_seen_at": "2025-01-15T09:30:00.000Z",
                         *       "role": "user",
                         *       "status": "active",
                         *       "status_reason": null,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}/role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Gives an account another role
         * @description Superadmins only, and never on their own account: there is always one left.
         */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that is changed, as `ETag` gave it; `*` for whichever is there */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description Id of the account */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "role": "admin",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["RoleChange"];
                };
            };
            responses: {
                /** @description The account after the change */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 2,
                         *       "connections": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "display_name": "Ann",
                         *       "email": "ann@example.com",
                         *       "email_verified": true,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "last_seen_at": "2025-01-15T09:30:00.000Z",
                         *       "role": "user",
                         *       "status": "active",
                         *       "status_reason": null,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The living sessions of an account
         * @description The newest come first.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Sessions of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the account */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of sessions */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "address": "198.51.100.7",
                         *           "agent": "Mozilla/5.0",
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "current": true,
                         *           "expires_at": "2025-01-22T09:30:00.000Z",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "last_used_at": "2025-01-15T09:30:00.000Z"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_SessionRow"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Ends all sessions of an account
         * @description At once, with its sockets and those of the frontend; every link in a mail is void. API tokens stay: suspending the
         *     account stops those too.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the account */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description They have ended */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}/sockets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The open sockets of an account
         * @description As the gateways answer now.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the account */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Its sockets */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "complete": true,
                         *       "data": [
                         *         {
                         *           "address": "198.51.100.7",
                         *           "id": 1,
                         *           "node": "gateway-1",
                         *           "opened_at": "2025-01-15T09:30:00.000Z",
                         *           "session_id": "019467a0-5e00-7000-8000-0000000000f6"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["OpenSockets"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Closes the sockets of an account
         * @description With close code 4001: the clients may come back. What keeps them away is ending the sessions or suspending the account.
         */
        delete: {
            parameters: {
                query?: {
                    /** @description Only those of this login. */
                    session_id?: string;
                };
                header?: never;
                path: {
                    /** @description Id of the account */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The gateways were told */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{id}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Suspends an account
         * @description At once: its sessions and tokens are refused, its sockets closed, and its bots paused, so that they open nothing new
         *     while what is open stays protected. Links in mails and sessions of the frontend are void for good.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the account */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "reason": "Asked for by its owner"
                     *     }
                     */
                    "application/json": components["schemas"]["StatusChange"];
                };
            };
            responses: {
                /** @description The account after the change */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 2,
                         *       "connections": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "display_name": "Ann",
                         *       "email": "ann@example.com",
                         *       "email_verified": true,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "last_seen_at": "2025-01-15T09:30:00.000Z",
                         *       "role": "user",
                         *       "status": "active",
                         *       "status_reason": null,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/cancel-email-change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Keeps the account's present address
         * @description With the token of the mail that told the present address of a new one. Voids the link that was sent to the new address.
         *     Whoever asked for the change knows the password: set another one.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "token": "b1f7c0aa4d"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenRequest"];
                };
            };
            responses: {
                /** @description The account keeps its address */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/change-email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Names another address for the account
         * @description Needs a fresh second factor. The address counts once it is confirmed by the link that is sent there, which is good once,
         *     for an hour, and void after any change of the account's credentials. The present address is told, with a link that
         *     cancels the change. Whether another account has the new one is not said: its owner is told instead. Three addresses may be
         *     named at once, and one more each 20 minutes; six, and one more each four hours in the long run.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "email": "ann@example.org",
                     *       "password": "correct horse battery staple"
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeEmailRequest"];
                };
            };
            responses: {
                /** @description A mail is on its way to the new address */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Changes the password
         * @description Ends all other sessions and those of the frontend, and voids every link in a mail; this session goes on, and so do API
         *     tokens. Needs a fresh second factor, and the present password too: a wrong one counts
         *     as a failed login. Three changes may be made at once, and one more each 30
         *     minutes; six, and one more each four hours in the long run: those beyond are `rate_limited`.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "current_password": "correct horse battery staple",
                     *       "password": "another long enough passphrase"
                     *     }
                     */
                    "application/json": components["schemas"]["ChangePasswordRequest"];
                };
            };
            responses: {
                /** @description The password is changed */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/confirm-email-change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirms the account's new address
         * @description As whoever proves the address may be somebody else than who was signed in before, all sessions, API tokens, the second
         *     factor and its recovery codes end. Sign in with the new address, and make them anew.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "token": "b1f7c0aa4d"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenRequest"];
                };
            };
            responses: {
                /** @description The account has the new address */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/forgot-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks for a link to a new password
         * @description Answers alike, and takes as long, whether or not the address has an account. At most one mail a minute.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "email": "ann@example.com"
                     *     }
                     */
                    "application/json": components["schemas"]["ForgotPasswordRequest"];
                };
            };
            responses: {
                /** @description If there is such an account, a mail is on its way */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs in with a password
         * @description Answers alike, and takes as long, whether or not the account exists. After five wrong passwords the account is locked
         *     for a while that doubles with each further one; many wrong passwords lock the address. A login sets the cookie
         *     `device-…`, with which the guesses of others do not lock this device out: it has five guesses and locks of its own.
         *     Where a second factor is enabled, the right password gives no session but a challenge for
         *     `POST /api/v1/auth/login/totp`.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "email": "ann@example.com",
                     *       "password": "correct horse battery staple",
                     *       "tokens": "body"
                     *     }
                     */
                    "application/json": components["schemas"]["LoginRequest"];
                };
            };
            responses: {
                /** @description The account and its new session */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "session": {
                         *         "access_expires_at": "2025-01-15T09:45:00.000Z",
                         *         "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *         "refresh_expires_at": "2025-01-22T09:30:00.000Z",
                         *         "tokens": {
                         *           "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.sig",
                         *           "refresh_token": "R7sX0cVYp1m9uJk2LdQeTg"
                         *         }
                         *       },
                         *       "user": {
                         *         "created_at": "2025-01-15T09:30:00.000Z",
                         *         "display_name": "Ann",
                         *         "email": "ann@example.com",
                         *         "email_verified": true,
                         *         "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *         "role": "user",
                         *         "updated_at": "2025-01-15T09:30:00.000Z",
                         *         "version": 3
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["SignedIn"];
                    };
                };
                /** @description The password is right, and a code is needed too */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "challenge": "bG9naW4tY2hhbGxlbmdl",
                         *       "expires_at": "2025-01-15T09:35:00.000Z",
                         *       "status": "second_factor_required"
                         *     }
                         */
                        "application/json": components["schemas"]["SecondFactorRequired"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs in with the second factor
         * @description Within five minutes of the right password. After five wrong codes the second factor is locked for a while that doubles
         *     with each further one; the right password does not unlock it. A device that has signed in before (cookie `device-…`) has
         *     guesses and locks of its own.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "challenge": "bG9naW4tY2hhbGxlbmdl",
                     *       "code": "492039",
                     *       "tokens": "body"
                     *     }
                     */
                    "application/json": components["schemas"]["LoginTotpRequest"];
                };
            };
            responses: {
                /** @description The account and its new session */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "session": {
                         *         "access_expires_at": "2025-01-15T09:45:00.000Z",
                         *         "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *         "refresh_expires_at": "2025-01-22T09:30:00.000Z",
                         *         "tokens": {
                         *           "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.sig",
                         *           "refresh_token": "R7sX0cVYp1m9uJk2LdQeTg"
                         *         }
                         *       },
                         *       "user": {
                         *         "created_at": "2025-01-15T09:30:00.000Z",
                         *         "display_name": "Ann",
                         *         "email": "ann@example.com",
                         *         "email_verified": true,
                         *         "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *         "role": "user",
                         *         "updated_at": "2025-01-15T09:30:00.000Z",
                         *         "version": 3
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["SignedIn"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs out of this session
         * @description Ends the session and takes its cookies away. Its access tokens are void at once.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The session has ended */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs out everywhere
         * @description Ends all sessions, this one and those of the frontend included. Their access tokens are void at once, and their sockets
         *     are closed. Links in mails are void, but for one to a new password. API tokens stay.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All sessions have ended */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/realtime-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A token for the gateway
         * @description Good at the gateway only, for at most 15 minutes, and no longer than the session or API token that asks for it: what ends
         *     that closes its sockets. One of an API token with an allowlist is taken only from the network of the list from which it
         *     was asked for.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The token */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "expires_at": "2025-01-15T09:30:00.000Z",
                         *       "token": "eyJhbGciOiJIUzI1NiJ9.e30.sig",
                         *       "ws_url": "wss://ws.example.com"
                         *     }
                         */
                        "application/json": components["schemas"]["RealtimeToken"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Renews a session
         * @description Takes the refresh token from its cookie, or from the body. Each token can be used once. One that comes back within ten
         *     seconds gets 409: another request (another tab) has just used it, use the one that it got. One that comes back later
         *     may have been stolen: the whole session ends. So does one that is as old as a session may become, 30 days after its login
         *     unless the operator sets another age.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    /**
                     * @example {
                     *       "refresh_token": "R7sX0cVYp1m9uJk2LdQeTg"
                     *     }
                     */
                    "application/json": components["schemas"]["RefreshRequest"];
                };
            };
            responses: {
                /** @description The account and its renewed session */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "session": {
                         *         "access_expires_at": "2025-01-15T09:45:00.000Z",
                         *         "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *         "refresh_expires_at": "2025-01-22T09:30:00.000Z",
                         *         "tokens": {
                         *           "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.sig",
                         *           "refresh_token": "R7sX0cVYp1m9uJk2LdQeTg"
                         *         }
                         *       },
                         *       "user": {
                         *         "created_at": "2025-01-15T09:30:00.000Z",
                         *         "display_name": "Ann",
                         *         "email": "ann@example.com",
                         *         "email_verified": true,
                         *         "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *         "role": "user",
                         *         "updated_at": "2025-01-15T09:30:00.000Z",
                         *         "version": 3
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["SignedIn"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes an account and signs it in
         * @description Says `email_taken` where the address has an account: who may make accounts can find out which there are. Its owner is
         *     told by mail, who asks for many is locked like a guesser (`login_locked`), and an installation that must not tell has registration closed
         *     (`registration_closed`, whatever the address).
         *
         *     With an `Idempotency-Key` the account is made once however often this is sent: a replay answers the same account and
         *     session. Tokens are not kept, so it gets new ones for that session, and those given out before can no longer be
         *     refreshed.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this attempt */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "display_name": "Ann",
                     *       "email": "ann@example.com",
                     *       "password": "correct horse battery staple",
                     *       "tokens": "body"
                     *     }
                     */
                    "application/json": components["schemas"]["RegisterRequest"];
                };
            };
            responses: {
                /** @description The account and its first session */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "session": {
                         *         "access_expires_at": "2025-01-15T09:45:00.000Z",
                         *         "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *         "refresh_expires_at": "2025-01-22T09:30:00.000Z",
                         *         "tokens": {
                         *           "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.sig",
                         *           "refresh_token": "R7sX0cVYp1m9uJk2LdQeTg"
                         *         }
                         *       },
                         *       "user": {
                         *         "created_at": "2025-01-15T09:30:00.000Z",
                         *         "display_name": "Ann",
                         *         "email": "ann@example.com",
                         *         "email_verified": true,
                         *         "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *         "role": "user",
                         *         "updated_at": "2025-01-15T09:30:00.000Z",
                         *         "version": 3
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["Registered"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/reset-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sets a new password by the link of a mail
         * @description Good once, for 30 minutes. Ends all sessions, API tokens and any lock after wrong passwords, and voids every other link.
         *     As the link was read in the mailbox, the address counts as confirmed; where it was not before, the second factor ends
         *     too.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "password": "another long enough passphrase",
                     *       "token": "b1f7c0aa4d"
                     *     }
                     */
                    "application/json": components["schemas"]["ResetPasswordRequest"];
                };
            };
            responses: {
                /** @description The password is set; sign in with it */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user's living sessions
         * @description The newest come first.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Sessions of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of sessions */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "address": "198.51.100.7",
                         *           "agent": "Mozilla/5.0",
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "current": true,
                         *           "expires_at": "2025-01-22T09:30:00.000Z",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "last_used_at": "2025-01-15T09:30:00.000Z"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_SessionRow"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Ends a session
         * @description Its access tokens are void at once, and its sockets are closed.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the session */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The session has ended */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/step-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirms that it is the user
         * @description For ten minutes this session may then do what is refused with `step_up_required` otherwise; where it was the password,
         *     until a second factor is enabled. Wrong guesses are counted by session and lock like those at the login: nobody else can
         *     lock this one, and it locks nobody else.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "code": "492039"
                     *     }
                     */
                    "application/json": components["schemas"]["StepUpRequest"];
                };
            };
            responses: {
                /** @description The session is stepped up */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "stepped_up_until": "2025-01-15T09:30:00.000Z"
                         *     }
                         */
                        "application/json": components["schemas"]["SteppedUpUntil"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user's API tokens
         * @description Newest first; those that have ended are shown for a while, revoked ones are not.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Tokens of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of tokens */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "allowlist": [
                         *             "198.51.100.0/24"
                         *           ],
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "expires_at": "2025-04-15T09:30:00.000Z",
                         *           "hint": "7Qx2",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "last_used_address": "198.51.100.7",
                         *           "last_used_at": "2025-01-15T09:30:00.000Z",
                         *           "name": "My script",
                         *           "scopes": [
                         *             "read",
                         *             "trade"
                         *           ]
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_TokenRow"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Makes an API token
         * @description It is shown this once. With an `Idempotency-Key` one is made however often this is sent; a replay does not show the
         *     token again.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this attempt */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "allowlist": [
                     *         "198.51.100.0/24"
                     *       ],
                     *       "expires_in_days": 90,
                     *       "name": "My script",
                     *       "scopes": [
                     *         "read",
                     *         "trade"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CreateToken"];
                };
            };
            responses: {
                /** @description The token */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "details": {
                         *         "allowlist": [
                         *           "198.51.100.0/24"
                         *         ],
                         *         "created_at": "2025-01-15T09:30:00.000Z",
                         *         "expires_at": "2025-04-15T09:30:00.000Z",
                         *         "hint": "7Qx2",
                         *         "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *         "last_used_address": null,
                         *         "last_used_at": null,
                         *         "name": "My script",
                         *         "scopes": [
                         *           "read",
                         *           "trade"
                         *         ]
                         *       },
                         *       "token": "bbx_4f9cJ1k2uQ7XwZr0"
                         *     }
                         */
                        "application/json": components["schemas"]["CreatedToken"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revokes an API token
         * @description It is refused at once, and sockets that were opened through it are closed.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the token */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The token is revoked */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The second factor */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description How it stands */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "enabled": true,
                         *       "enabled_at": "2025-01-15T09:30:00.000Z",
                         *       "recovery_codes_left": 8
                         *     }
                         */
                        "application/json": components["schemas"]["TotpStatus"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Begins to enrol an authenticator app
         * @description No code is asked for before the first one is given to `confirm`. Enrolling again before that replaces the secret.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The secret, shown this once */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "secret": "JBSWY3DPEHPK3PXP",
                         *       "uri": "otpauth://totp/BlockbotX:ann@example.com?secret=JBSWY3DPEHPK3PXP&issuer=BlockbotX"
                         *     }
                         */
                        "application/json": components["schemas"]["TotpEnrolment"];
                    };
                };
            };
        };
        /**
         * Disables the second factor
         * @description The recovery codes are void too, and so are links in mails, but for one to a new password.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Codes are no longer asked for */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enables the second factor
         * @description With the first code of the app. From then on logins and `step-up` ask for codes, and steps up that the password gave are
         *     void; so are links in mails, but for one to a new password. All other sessions end, those of the frontend too. Answers the
         *     recovery codes.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "code": "492039"
                     *     }
                     */
                    "application/json": components["schemas"]["ConfirmTotp"];
                };
            };
            responses: {
                /** @description The recovery codes, shown this once */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "recovery_codes": [
                         *         "7kq2-m9xd-4h3w",
                         *         "p5rt-z8nc-2v6j"
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["RecoveryCodes"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/totp/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Renews the recovery codes
         * @description Those given out before are void.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The codes, shown this once */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "recovery_codes": [
                         *         "7kq2-m9xd-4h3w",
                         *         "p5rt-z8nc-2v6j"
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["RecoveryCodes"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/verify-email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirms the account's address
         * @description With the token of the mail that registration sent. Good once, for 24 hours. As whoever registered the address may be
         *     somebody else than who proves it, all sessions, API tokens and second factors from before end: sign in again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "token": "b1f7c0aa4d"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenRequest"];
                };
            };
            responses: {
                /** @description The address is confirmed */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/verify-email/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends the mail that confirms the address again
         * @description The link of the mail before is void then. Does nothing where the address is confirmed; at most once a minute.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is on its way */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backtests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user's backtests and searches
         * @description Newest first, without their results.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Backtests of a page, 50 by default. */
                    limit?: number;
                    /** @description Only those of this status. */
                    status?: components["schemas"]["JobStatus"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of backtests */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "attempts": 1,
                         *           "bot_type": "grid",
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "error": null,
                         *           "finished_at": "2025-01-15T09:31:00.000Z",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "kind": "backtest",
                         *           "percent": 100,
                         *           "request": {
                         *             "balances": {
                         *               "USDT": "10000"
                         *             },
                         *             "candles": {
                         *               "candles": 5000,
                         *               "kind": "synthetic",
                         *               "seed": 3
                         *             },
                         *             "config": {
                         *               "grid_count": 10,
                         *               "lower": "90",
                         *               "quantity": {
                         *                 "mode": "fixed_base",
                         *                 "quantity": "0.5"
                         *               },
                         *               "spacing": "arithmetic",
                         *               "type": "grid",
                         *               "upper": "110"
                         *             },
                         *             "fees": {
                         *               "charge": "received",
                         *               "maker": "0.1",
                         *               "taker": "0.1"
                         *             },
                         *             "market": {
                         *               "lot_size": "0.00001",
                         *               "max_orders": null,
                         *               "min_notional": "5",
                         *               "min_quantity": "0.00001",
                         *               "tick_size": "0.01"
                         *             },
                         *             "point_order": "nearest",
                         *             "symbol": "SOL-USDT"
                         *           },
                         *           "result": {
                         *             "dropped_trades": 0,
                         *             "kept_trades": 212,
                         *             "summary": {
                         *               "bot": "grid",
                         *               "closed_deals": 0,
                         *               "equity": [
                         *                 {
                         *                   "at": "2025-01-01T00:00:00.000Z",
                         *                   "equity": "10000"
                         *                 },
                         *                 {
                         *                   "at": "2025-01-04T11:00:00.000Z",
                         *                   "equity": "10038.1"
                         *                 }
                         *               ],
                         *               "fees": "10.4",
                         *               "figures": {
                         *                 "cagr": null,
                         *                 "calmar": null,
                         *                 "closed_drawdown": {
                         *                   "amount": "0",
                         *                   "ratio": "0"
                         *                 },
                         *                 "drawdown": {
                         *                   "amount": "12.4",
                         *                   "ratio": "0.00124"
                         *                 },
                         *                 "end_equity": "10038.1",
                         *                 "expectancy": "0.39",
                         *                 "expectancy_ratio": null,
                         *                 "freqtrade_sharpe": null,
                         *                 "profit": "38.1",
                         *                 "profit_factor": null,
                         *                 "sharpe": null,
                         *                 "sortino": null,
                         *                 "start_equity": "10000",
                         *                 "total_return": "0.00381",
                         *                 "trades": {
                         *                   "best": "0.5",
                         *                   "count": 105,
                         *                   "gross_loss": "0",
                         *                   "gross_profit": "41.2",
                         *                   "losses": 0,
                         *                   "wins": 105,
                         *                   "worst": "0.3"
                         *                 },
                         *                 "win_rate": "1"
                         *               },
                         *               "fills": 212,
                         *               "from": "2025-01-01T00:00:00.000Z",
                         *               "market": {
                         *                 "candles": 5000,
                         *                 "missing": 0,
                         *                 "reordered": 0
                         *               },
                         *               "position": {
                         *                 "cost": "243.1",
                         *                 "quantity": "2.5"
                         *               },
                         *               "realised": "41.2",
                         *               "status": "running",
                         *               "symbol": "SOL-USDT",
                         *               "time_in_market": "0.98",
                         *               "to": "2025-01-04T11:20:00.000Z",
                         *               "unrealised": "-3.1",
                         *               "unrealised_after_fee": "-3.4",
                         *               "volume": "10411.5"
                         *             },
                         *             "warnings": []
                         *           },
                         *           "started_at": "2025-01-15T09:30:00.000Z",
                         *           "status": "finished",
                         *           "symbol": "SOL-USDT"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Backtest"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Asks for a backtest
         * @description The body is what `api backtest --config` reads, and the result is what that prints, to the last digit. An engine
         *     computes it: watch `backtest.progress` and `backtest.finished` on a socket, or ask for it.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this attempt */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "balances": {
                     *         "USDT": "10000"
                     *       },
                     *       "candles": {
                     *         "candles": 5000,
                     *         "kind": "synthetic",
                     *         "seed": 3
                     *       },
                     *       "config": {
                     *         "grid_count": 10,
                     *         "lower": "90",
                     *         "quantity": {
                     *           "mode": "fixed_base",
                     *           "quantity": "0.5"
                     *         },
                     *         "spacing": "arithmetic",
                     *         "type": "grid",
                     *         "upper": "110"
                     *       },
                     *       "symbol": "SOL-USDT"
                     *     }
                     */
                    "application/json": components["schemas"]["BacktestSpec"];
                };
            };
            responses: {
                /** @description It waits for an engine */
                202: {
                    headers: {
                        /** @description Where it can be asked for */
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "attempts": 1,
                         *       "bot_type": "grid",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "error": null,
                         *       "finished_at": "2025-01-15T09:31:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "kind": "backtest",
                         *       "percent": 100,
                         *       "request": {
                         *         "balances": {
                         *           "USDT": "10000"
                         *         },
                         *         "candles": {
                         *           "candles": 5000,
                         *           "kind": "synthetic",
                         *           "seed": 3
                         *         },
                         *         "config": {
                         *           "grid_count": 10,
                         *           "lower": "90",
                         *           "quantity": {
                         *             "mode": "fixed_base",
                         *             "quantity": "0.5"
                         *           },
                         *           "spacing": "arithmetic",
                         *           "type": "grid",
                         *           "upper": "110"
                         *         },
                         *         "fees": {
                         *           "charge": "received",
                         *           "maker": "0.1",
                         *           "taker": "0.1"
                         *         },
                         *         "market": {
                         *           "lot_size": "0.00001",
                         *           "max_orders": null,
                         *           "min_notional": "5",
                         *           "min_quantity": "0.00001",
                         *           "tick_size": "0.01"
                         *         },
                         *         "point_order": "nearest",
                         *         "symbol": "SOL-USDT"
                         *       },
                         *       "result": {
                         *         "dropped_trades": 0,
                         *         "kept_trades": 212,
                         *         "summary": {
                         *           "bot": "grid",
                         *           "closed_deals": 0,
                         *           "equity": [
                         *             {
                         *               "at": "2025-01-01T00:00:00.000Z",
                         *               "equity": "10000"
                         *             },
                         *             {
                         *               "at": "2025-01-04T11:00:00.000Z",
                         *               "equity": "10038.1"
                         *             }
                         *           ],
                         *           "fees": "10.4",
                         *           "figures": {
                         *             "cagr": null,
                         *             "calmar": null,
                         *             "closed_drawdown": {
                         *               "amount": "0",
                         *               "ratio": "0"
                         *             },
                         *             "drawdown": {
                         *               "amount": "12.4",
                         *               "ratio": "0.00124"
                         *             },
                         *             "end_equity": "10038.1",
                         *             "expectancy": "0.39",
                         *             "expectancy_ratio": null,
                         *             "freqtrade_sharpe": null,
                         *             "profit": "38.1",
                         *             "profit_factor": null,
                         *             "sharpe": null,
                         *             "sortino": null,
                         *             "start_equity": "10000",
                         *             "total_return": "0.00381",
                         *             "trades": {
                         *               "best": "0.5",
                         *               "count": 105,
                         *               "gross_loss": "0",
                         *               "gross_profit": "41.2",
                         *               "losses": 0,
                         *               "wins": 105,
                         *               "worst": "0.3"
                         *             },
                         *             "win_rate": "1"
                         *           },
                         *           "fills": 212,
                         *           "from": "2025-01-01T00:00:00.000Z",
                         *           "market": {
                         *             "candles": 5000,
                         *             "missing": 0,
                         *             "reordered": 0
                         *           },
                         *           "position": {
                         *             "cost": "243.1",
                         *             "quantity": "2.5"
                         *           },
                         *           "realised": "41.2",
                         *           "status": "running",
                         *           "symbol": "SOL-USDT",
                         *           "time_in_market": "0.98",
                         *           "to": "2025-01-04T11:20:00.000Z",
                         *           "unrealised": "-3.1",
                         *           "unrealised_after_fee": "-3.4",
                         *           "volume": "10411.5"
                         *         },
                         *         "warnings": []
                         *       },
                         *       "started_at": "2025-01-15T09:30:00.000Z",
                         *       "status": "finished",
                         *       "symbol": "SOL-USDT"
                         *     }
                         */
                        "application/json": components["schemas"]["Backtest"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backtests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A backtest or a search, with its result */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the backtest */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The backtest */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "attempts": 1,
                         *       "bot_type": "grid",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "error": null,
                         *       "finished_at": "2025-01-15T09:31:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "kind": "backtest",
                         *       "percent": 100,
                         *       "request": {
                         *         "balances": {
                         *           "USDT": "10000"
                         *         },
                         *         "candles": {
                         *           "candles": 5000,
                         *           "kind": "synthetic",
                         *           "seed": 3
                         *         },
                         *         "config": {
                         *           "grid_count": 10,
                         *           "lower": "90",
                         *           "quantity": {
                         *             "mode": "fixed_base",
                         *             "quantity": "0.5"
                         *           },
                         *           "spacing": "arithmetic",
                         *           "type": "grid",
                         *           "upper": "110"
                         *         },
                         *         "fees": {
                         *           "charge": "received",
                         *           "maker": "0.1",
                         *           "taker": "0.1"
                         *         },
                         *         "market": {
                         *           "lot_size": "0.00001",
                         *           "max_orders": null,
                         *           "min_notional": "5",
                         *           "min_quantity": "0.00001",
                         *           "tick_size": "0.01"
                         *         },
                         *         "point_order": "nearest",
                         *         "symbol": "SOL-USDT"
                         *       },
                         *       "result": {
                         *         "dropped_trades": 0,
                         *         "kept_trades": 212,
                         *         "summary": {
                         *           "bot": "grid",
                         *           "closed_deals": 0,
                         *           "equity": [
                         *             {
                         *               "at": "2025-01-01T00:00:00.000Z",
                         *               "equity": "10000"
                         *             },
                         *             {
                         *               "at": "2025-01-04T11:00:00.000Z",
                         *               "equity": "10038.1"
                         *             }
                         *           ],
                         *           "fees": "10.4",
                         *           "figures": {
                         *             "cagr": null,
                         *             "calmar": null,
                         *             "closed_drawdown": {
                         *               "amount": "0",
                         *               "ratio": "0"
                         *             },
                         *             "drawdown": {
                         *               "amount": "12.4",
                         *               "ratio": "0.00124"
                         *             },
                         *             "end_equity": "10038.1",
                         *             "expectancy": "0.39",
                         *             "expectancy_ratio": null,
                         *             "freqtrade_sharpe": null,
                         *             "profit": "38.1",
                         *             "profit_factor": null,
                         *             "sharpe": null,
                         *             "sortino": null,
                         *             "start_equity": "10000",
                         *             "total_return": "0.00381",
                         *             "trades": {
                         *               "best": "0.5",
                         *               "count": 105,
                         *               "gross_loss": "0",
                         *               "gross_profit": "41.2",
                         *               "losses": 0,
                         *               "wins": 105,
                         *               "worst": "0.3"
                         *             },
                         *             "win_rate": "1"
                         *           },
                         *           "fills": 212,
                         *           "from": "2025-01-01T00:00:00.000Z",
                         *           "market": {
                         *             "candles": 5000,
                         *             "missing": 0,
                         *             "reordered": 0
                         *           },
                         *           "position": {
                         *             "cost": "243.1",
                         *             "quantity": "2.5"
                         *           },
                         *           "realised": "41.2",
                         *           "status": "running",
                         *           "symbol": "SOL-USDT",
                         *           "time_in_market": "0.98",
                         *           "to": "2025-01-04T11:20:00.000Z",
                         *           "unrealised": "-3.1",
                         *           "unrealised_after_fee": "-3.4",
                         *           "volume": "10411.5"
                         *         },
                         *         "warnings": []
                         *       },
                         *       "started_at": "2025-01-15T09:30:00.000Z",
                         *       "status": "finished",
                         *       "symbol": "SOL-USDT"
                         *     }
                         */
                        "application/json": components["schemas"]["Backtest"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Deletes a backtest or a search, also one that runs */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the backtest */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is gone */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backtests/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a backtest or a search that has not ended */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the backtest */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The backtest */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "attempts": 1,
                         *       "bot_type": "grid",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "error": null,
                         *       "finished_at": "2025-01-15T09:31:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "kind": "backtest",
                         *       "percent": 100,
                         *       "request": {
                         *         "balances": {
                         *           "USDT": "10000"
                         *         },
                         *         "candles": {
                         *           "candles": 5000,
                         *           "kind": "synthetic",
                         *           "seed": 3
                         *         },
                         *         "config": {
                         *           "grid_count": 10,
                         *           "lower": "90",
                         *           "quantity": {
                         *             "mode": "fixed_base",
                         *             "quantity": "0.5"
                         *           },
                         *           "spacing": "arithmetic",
                         *           "type": "grid",
                         *           "upper": "110"
                         *         },
                         *         "fees": {
                         *           "charge": "received",
                         *           "maker": "0.1",
                         *           "taker": "0.1"
                         *         },
                         *         "market": {
                         *           "lot_size": "0.00001",
                         *           "max_orders": null,
                         *           "min_notional": "5",
                         *           "min_quantity": "0.00001",
                         *           "tick_size": "0.01"
                         *         },
                         *         "point_order": "nearest",
                         *         "symbol": "SOL-USDT"
                         *       },
                         *       "result": {
                         *         "dropped_trades": 0,
                         *         "kept_trades": 212,
                         *         "summary": {
                         *           "bot": "grid",
                         *           "closed_deals": 0,
                         *           "equity": [
                         *             {
                         *               "at": "2025-01-01T00:00:00.000Z",
                         *               "equity": "10000"
                         *             },
                         *             {
                         *               "at": "2025-01-04T11:00:00.000Z",
                         *               "equity": "10038.1"
                         *             }
                         *           ],
                         *           "fees": "10.4",
                         *           "figures": {
                         *             "cagr": null,
                         *             "calmar": null,
                         *             "closed_drawdown": {
                         *               "amount": "0",
                         *               "ratio": "0"
                         *             },
                         *             "drawdown": {
                         *               "amount": "12.4",
                         *               "ratio": "0.00124"
                         *             },
                         *             "end_equity": "10038.1",
                         *             "expectancy": "0.39",
                         *             "expectancy_ratio": null,
                         *             "freqtrade_sharpe": null,
                         *             "profit": "38.1",
                         *             "profit_factor": null,
                         *             "sharpe": null,
                         *             "sortino": null,
                         *             "start_equity": "10000",
                         *             "total_return": "0.00381",
                         *             "trades": {
                         *               "best": "0.5",
                         *               "count": 105,
                         *               "gross_loss": "0",
                         *               "gross_profit": "41.2",
                         *               "losses": 0,
                         *               "wins": 105,
                         *               "worst": "0.3"
                         *             },
                         *             "win_rate": "1"
                         *           },
                         *           "fills": 212,
                         *           "from": "2025-01-01T00:00:00.000Z",
                         *           "market": {
                         *             "candles": 5000,
                         *             "missing": 0,
                         *             "reordered": 0
                         *           },
                         *           "position": {
                         *             "cost": "243.1",
                         *             "quantity": "2.5"
                         *           },
                         *           "realised": "41.2",
                         *           "status": "running",
                         *           "symbol": "SOL-USDT",
                         *           "time_in_market": "0.98",
                         *           "to": "2025-01-04T11:20:00.000Z",
                         *           "unrealised": "-3.1",
                         *           "unrealised_after_fee": "-3.4",
                         *           "volume": "10411.5"
                         *         },
                         *         "warnings": []
                         *       },
                         *       "started_at": "2025-01-15T09:30:00.000Z",
                         *       "status": "finished",
                         *       "symbol": "SOL-USDT"
                         *     }
                         */
                        "application/json": components["schemas"]["Backtest"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backtests/{id}/trades": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The fills of a backtest
         * @description The first 100,000, by time.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Rows of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the backtest */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page, oldest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "at": "2025-01-01T07:12:00.000Z",
                         *           "deal": 0,
                         *           "fee": "0.0005",
                         *           "fee_asset": "SOL",
                         *           "level": 3,
                         *           "liquidity": "maker",
                         *           "number": 12,
                         *           "order_number": 9,
                         *           "price": "96",
                         *           "purpose": "grid_buy",
                         *           "quantity": "0.5",
                         *           "quote": "48",
                         *           "side": "buy"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_BacktestTrade"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backtests/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compares backtests, figure by figure */
        get: {
            parameters: {
                query: {
                    /** @description Ids of 2 to 10 backtests, separated by commas. */
                    ids: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Their figures side by side */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "backtests": [
                         *         {
                         *           "attempts": 1,
                         *           "bot_type": "grid",
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "error": null,
                         *           "finished_at": "2025-01-15T09:31:00.000Z",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "kind": "backtest",
                         *           "percent": 100,
                         *           "request": {
                         *             "balances": {
                         *               "USDT": "10000"
                         *             },
                         *             "candles": {
                         *               "candles": 5000,
                         *               "kind": "synthetic",
                         *               "seed": 3
                         *             },
                         *             "config": {
                         *               "grid_count": 10,
                         *               "lower": "90",
                         *               "quantity": {
                         *                 "mode": "fixed_base",
                         *                 "quantity": "0.5"
                         *               },
                         *               "spacing": "arithmetic",
                         *               "type": "grid",
                         *               "upper": "110"
                         *             },
                         *             "fees": {
                         *               "charge": "received",
                         *               "maker": "0.1",
                         *               "taker": "0.1"
                         *             },
                         *             "market": {
                         *               "lot_size": "0.00001",
                         *               "max_orders": null,
                         *               "min_notional": "5",
                         *               "min_quantity": "0.00001",
                         *               "tick_size": "0.01"
                         *             },
                         *             "point_order": "nearest",
                         *             "symbol": "SOL-USDT"
                         *           },
                         *           "result": {
                         *             "dropped_trades": 0,
                         *             "kept_trades": 212,
                         *             "summary": {
                         *               "bot": "grid",
                         *               "closed_deals": 0,
                         *               "equity": [
                         *                 {
                         *                   "at": "2025-01-01T00:00:00.000Z",
                         *                   "equity": "10000"
                         *                 },
                         *                 {
                         *                   "at": "2025-01-04T11:00:00.000Z",
                         *                   "equity": "10038.1"
                         *                 }
                         *               ],
                         *               "fees": "10.4",
                         *               "figures": {
                         *                 "cagr": null,
                         *                 "calmar": null,
                         *                 "closed_drawdown": {
                         *                   "amount": "0",
                         *                   "ratio": "0"
                         *                 },
                         *                 "drawdown": {
                         *                   "amount": "12.4",
                         *                   "ratio": "0.00124"
                         *                 },
                         *                 "end_equity": "10038.1",
                         *                 "expectancy": "0.39",
                         *                 "expectancy_ratio": null,
                         *                 "freqtrade_sharpe": null,
                         *                 "profit": "38.1",
                         *                 "profit_factor": null,
                         *                 "sharpe": null,
                         *                 "sortino": null,
                         *                 "start_equity": "10000",
                         *                 "total_return": "0.00381",
                         *                 "trades": {
                         *                   "best": "0.5",
                         *                   "count": 105,
                         *                   "gross_loss": "0",
                         *                   "gross_profit": "41.2",
                         *                   "losses": 0,
                         *                   "wins": 105,
                         *                   "worst": "0.3"
                         *                 },
                         *                 "win_rate": "1"
                         *               },
                         *               "fills": 212,
                         *               "from": "2025-01-01T00:00:00.000Z",
                         *               "market": {
                         *                 "candles": 5000,
                         *                 "missing": 0,
                         *                 "reordered": 0
                         *               },
                         *               "position": {
                         *                 "cost": "243.1",
                         *                 "quantity": "2.5"
                         *               },
                         *               "realised": "41.2",
                         *               "status": "running",
                         *               "symbol": "SOL-USDT",
                         *               "time_in_market": "0.98",
                         *               "to": "2025-01-04T11:20:00.000Z",
                         *               "unrealised": "-3.1",
                         *               "unrealised_after_fee": "-3.4",
                         *               "volume": "10411.5"
                         *             },
                         *             "warnings": []
                         *           },
                         *           "started_at": "2025-01-15T09:30:00.000Z",
                         *           "status": "finished",
                         *           "symbol": "SOL-USDT"
                         *         },
                         *         {
                         *           "attempts": 1,
                         *           "bot_type": "grid",
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "error": null,
                         *           "finished_at": "2025-01-15T09:31:00.000Z",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a2",
                         *           "kind": "backtest",
                         *           "percent": 100,
                         *           "request": {
                         *             "balances": {
                         *               "USDT": "10000"
                         *             },
                         *             "candles": {
                         *               "candles": 5000,
                         *               "kind": "synthetic",
                         *               "seed": 3
                         *             },
                         *             "config": {
                         *               "grid_count": 10,
                         *               "lower": "90",
                         *               "quantity": {
                         *                 "mode": "fixed_base",
                         *                 "quantity": "0.5"
                         *               },
                         *               "spacing": "arithmetic",
                         *               "type": "grid",
                         *               "upper": "110"
                         *             },
                         *             "fees": {
                         *               "charge": "received",
                         *               "maker": "0.1",
                         *               "taker": "0.1"
                         *             },
                         *             "market": {
                         *               "lot_size": "0.00001",
                         *               "max_orders": null,
                         *               "min_notional": "5",
                         *               "min_quantity": "0.00001",
                         *               "tick_size": "0.01"
                         *             },
                         *             "point_order": "nearest",
                         *             "symbol": "SOL-USDT"
                         *           },
                         *           "result": {
                         *             "dropped_trades": 0,
                         *             "kept_trades": 212,
                         *             "summary": {
                         *               "bot": "grid",
                         *               "closed_deals": 0,
                         *               "equity": [
                         *                 {
                         *                   "at": "2025-01-01T00:00:00.000Z",
                         *                   "equity": "10000"
                         *                 },
                         *                 {
                         *                   "at": "2025-01-04T11:00:00.000Z",
                         *                   "equity": "10038.1"
                         *                 }
                         *               ],
                         *               "fees": "10.4",
                         *               "figures": {
                         *                 "cagr": null,
                         *                 "calmar": null,
                         *                 "closed_drawdown": {
                         *                   "amount": "0",
                         *                   "ratio": "0"
                         *                 },
                         *                 "drawdown": {
                         *                   "amount": "12.4",
                         *                   "ratio": "0.00124"
                         *                 },
                         *                 "end_equity": "10038.1",
                         *                 "expectancy": "0.39",
                         *                 "expectancy_ratio": null,
                         *                 "freqtrade_sharpe": null,
                         *                 "profit": "38.1",
                         *                 "profit_factor": null,
                         *                 "sharpe": null,
                         *                 "sortino": null,
                         *                 "start_equity": "10000",
                         *                 "total_return": "0.00381",
                         *                 "trades": {
                         *                   "best": "0.5",
                         *                   "count": 105,
                         *                   "gross_loss": "0",
                         *                   "gross_profit": "41.2",
                         *                   "losses": 0,
                         *                   "wins": 105,
                         *                   "worst": "0.3"
                         *                 },
                         *                 "win_rate": "1"
                         *               },
                         *               "fills": 212,
                         *               "from": "2025-01-01T00:00:00.000Z",
                         *               "market": {
                         *                 "candles": 5000,
                         *                 "missing": 0,
                         *                 "reordered": 0
                         *               },
                         *               "position": {
                         *                 "cost": "243.1",
                         *                 "quantity": "2.5"
                         *               },
                         *               "realised": "41.2",
                         *               "status": "running",
                         *               "symbol": "SOL-USDT",
                         *               "time_in_market": "0.98",
                         *               "to": "2025-01-04T11:20:00.000Z",
                         *               "unrealised": "-3.1",
                         *               "unrealised_after_fee": "-3.4",
                         *               "volume": "10411.5"
                         *             },
                         *             "warnings": []
                         *           },
                         *           "started_at": "2025-01-15T09:30:00.000Z",
                         *           "status": "finished",
                         *           "symbol": "SOL-USDT"
                         *         }
                         *       ],
                         *       "figures": [
                         *         {
                         *           "figure": "profit",
                         *           "values": [
                         *             "38.1",
                         *             "38.1"
                         *           ]
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Comparison"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backtests/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Searches for the best configuration of a bot
         * @description Plays every combination of the values given, at most 500, over the same candles, and keeps the best by one figure.
         *     Combinations that make no valid configuration are left out and counted.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this attempt */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "backtest": {
                     *         "balances": {
                     *           "USDT": "10000"
                     *         },
                     *         "candles": {
                     *           "candles": 5000,
                     *           "kind": "synthetic",
                     *           "seed": 3
                     *         },
                     *         "config": {
                     *           "grid_count": 10,
                     *           "lower": "90",
                     *           "quantity": {
                     *             "mode": "fixed_base",
                     *             "quantity": "0.5"
                     *           },
                     *           "spacing": "arithmetic",
                     *           "type": "grid",
                     *           "upper": "110"
                     *         },
                     *         "symbol": "SOL-USDT"
                     *       },
                     *       "fields": [
                     *         {
                     *           "pointer": "/grid_count",
                     *           "values": [
                     *             8,
                     *             10,
                     *             12
                     *           ]
                     *         },
                     *         {
                     *           "pointer": "/upper",
                     *           "values": [
                     *             "108",
                     *             "110"
                     *           ]
                     *         }
                     *       ],
                     *       "keep": 10,
                     *       "rank_by": "profit"
                     *     }
                     */
                    "application/json": components["schemas"]["SearchSpec"];
                };
            };
            responses: {
                /** @description It waits for an engine */
                202: {
                    headers: {
                        /** @description Where it can be asked for */
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "attempts": 1,
                         *       "bot_type": "grid",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "error": null,
                         *       "finished_at": "2025-01-15T09:31:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "kind": "backtest",
                         *       "percent": 100,
                         *       "request": {
                         *         "balances": {
                         *           "USDT": "10000"
                         *         },
                         *         "candles": {
                         *           "candles": 5000,
                         *           "kind": "synthetic",
                         *           "seed": 3
                         *         },
                         *         "config": {
                         *           "grid_count": 10,
                         *           "lower": "90",
                         *           "quantity": {
                         *             "mode": "fixed_base",
                         *             "quantity": "0.5"
                         *           },
                         *           "spacing": "arithmetic",
                         *           "type": "grid",
                         *           "upper": "110"
                         *         },
                         *         "fees": {
                         *           "charge": "received",
                         *           "maker": "0.1",
                         *           "taker": "0.1"
                         *         },
                         *         "market": {
                         *           "lot_size": "0.00001",
                         *           "max_orders": null,
                         *           "min_notional": "5",
                         *           "min_quantity": "0.00001",
                         *           "tick_size": "0.01"
                         *         },
                         *         "point_order": "nearest",
                         *         "symbol": "SOL-USDT"
                         *       },
                         *       "result": {
                         *         "dropped_trades": 0,
                         *         "kept_trades": 212,
                         *         "summary": {
                         *           "bot": "grid",
                         *           "closed_deals": 0,
                         *           "equity": [
                         *             {
                         *               "at": "2025-01-01T00:00:00.000Z",
                         *               "equity": "10000"
                         *             },
                         *             {
                         *               "at": "2025-01-04T11:00:00.000Z",
                         *               "equity": "10038.1"
                         *             }
                         *           ],
                         *           "fees": "10.4",
                         *           "figures": {
                         *             "cagr": null,
                         *             "calmar": null,
                         *             "closed_drawdown": {
                         *               "amount": "0",
                         *               "ratio": "0"
                         *             },
                         *             "drawdown": {
                         *               "amount": "12.4",
                         *               "ratio": "0.00124"
                         *             },
                         *             "end_equity": "10038.1",
                         *             "expectancy": "0.39",
                         *             "expectancy_ratio": null,
                         *             "freqtrade_sharpe": null,
                         *             "profit": "38.1",
                         *             "profit_factor": null,
                         *             "sharpe": null,
                         *             "sortino": null,
                         *             "start_equity": "10000",
                         *             "total_return": "0.00381",
                         *             "trades": {
                         *               "best": "0.5",
                         *               "count": 105,
                         *               "gross_loss": "0",
                         *               "gross_profit": "41.2",
                         *               "losses": 0,
                         *               "wins": 105,
                         *               "worst": "0.3"
                         *             },
                         *             "win_rate": "1"
                         *           },
                         *           "fills": 212,
                         *           "from": "2025-01-01T00:00:00.000Z",
                         *           "market": {
                         *             "candles": 5000,
                         *             "missing": 0,
                         *             "reordered": 0
                         *           },
                         *           "position": {
                         *             "cost": "243.1",
                         *             "quantity": "2.5"
                         *           },
                         *           "realised": "41.2",
                         *           "status": "running",
                         *           "symbol": "SOL-USDT",
                         *           "time_in_market": "0.98",
                         *           "to": "2025-01-04T11:20:00.000Z",
                         *           "unrealised": "-3.1",
                         *           "unrealised_after_fee": "-3.4",
                         *           "volume": "10411.5"
                         *         },
                         *         "warnings": []
                         *       },
                         *       "started_at": "2025-01-15T09:30:00.000Z",
                         *       "status": "finished",
                         *       "symbol": "SOL-USDT"
                         *     }
                         */
                        "application/json": components["schemas"]["Backtest"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/checkout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begins a checkout
         * @description Send the browser to the URL. Stripe sends it back to the frontend's `/billing`, with `checkout=success` or
         *     `checkout=cancelled`. A checkout that was begun before can no longer be paid. A subscription that is there already is
         *     changed in the portal.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this attempt */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "plan": "pro"
                     *     }
                     */
                    "application/json": components["schemas"]["CreateCheckout"];
                };
            };
            responses: {
                /** @description Where to pay */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "url": "https://billing.example.com/session/4711"
                         *     }
                         */
                        "application/json": components["schemas"]["HostedPage"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user's invoices
         * @description Newest first, as Stripe has them now.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Rows of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of invoices */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "amount_due": "29",
                         *           "amount_paid": "29",
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "currency": "eur",
                         *           "hosted_url": "https://invoice.example.com/4711",
                         *           "id": "in_1Q2w3E",
                         *           "number": "BBX-0007",
                         *           "pdf_url": "https://invoice.example.com/4711.pdf",
                         *           "status": "paid"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Invoice"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The plans on offer
         * @description All of them, the smallest first.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The plans */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "can_be_bought": true,
                         *           "description": "For those who trade every day",
                         *           "entitlements": {
                         *             "backtest_candles": 2000000,
                         *             "backtests_per_day": 100,
                         *             "live_trading": true,
                         *             "max_active_deals": 50,
                         *             "max_bots": 20,
                         *             "max_connections": 3
                         *           },
                         *           "id": "pro",
                         *           "name": "Pro",
                         *           "price": {
                         *             "amount": "29",
                         *             "currency": "eur",
                         *             "interval": "month",
                         *             "interval_count": 1
                         *           }
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_OfferedPlan"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/portal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Opens the portal
         * @description Send the browser to the URL: cards, plan, cancellation. Stripe sends it back to the frontend's `/billing`.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Where it is */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "url": "https://billing.example.com/session/4711"
                         *     }
                         */
                        "application/json": components["schemas"]["HostedPage"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/subscription": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the user has subscribed to
         * @description After a checkout it may take some seconds until Stripe has said so; the event `billing.subscription_changed` comes
         *     with it.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The subscription */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "cancel_at_period_end": false,
                         *       "current_period_end": "2025-02-15T09:30:00.000Z",
                         *       "entitlements": {
                         *         "backtest_candles": 2000000,
                         *         "backtests_per_day": 100,
                         *         "live_trading": true,
                         *         "max_active_deals": 50,
                         *         "max_bots": 20,
                         *         "max_connections": 3
                         *       },
                         *       "grace_until": null,
                         *       "plan": "pro",
                         *       "status": "active",
                         *       "usage": {
                         *         "active_deals": 1,
                         *         "bots": 1,
                         *         "connections": 1,
                         *         "working_bots": 1
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["CurrentSubscription"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes what Stripe tells
         * @description The signature is checked before anything is read. Each event is applied once, in whatever order they come; types that
         *     are of no use here are acknowledged.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Stripe's proof that the event is its own: `t=…,v1=…` */
                    "Stripe-Signature"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            /** @description An event, as Stripe sends it */
            requestBody: {
                content: {
                    "application/json": Record<string, never>;
                };
            };
            responses: {
                /** @description It is applied, was before, or is of no use here */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user's bots
         * @description The oldest come first.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only those of this connection. */
                    connection_id?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Bots of a page, 50 by default. */
                    limit?: number;
                    /** @description Only those of this status. */
                    status?: components["schemas"]["BotStatus"];
                    /** @description Only those of this type. */
                    type?: components["schemas"]["BotKind"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of bots */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "config": {
                         *             "grid_count": 10,
                         *             "lower": "90",
                         *             "quantity": {
                         *               "mode": "fixed_base",
                         *               "quantity": "0.5"
                         *             },
                         *             "spacing": "arithmetic",
                         *             "type": "grid",
                         *             "upper": "110"
                         *           },
                         *           "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "name": "SOL grid",
                         *           "status": "running",
                         *           "status_reason": null,
                         *           "symbol": "SOL-USDT",
                         *           "type": "grid",
                         *           "updated_at": "2025-01-15T09:30:00.000Z",
                         *           "version": 3
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Bot"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Makes a bot
         * @description It is a draft until it is started. Its configuration is tested against the market, its price now and what the account
         *     has free; what is allowed but doubtful is among the `warnings`.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this attempt */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "config": {
                     *         "grid_count": 10,
                     *         "lower": "90",
                     *         "quantity": {
                     *           "mode": "fixed_base",
                     *           "quantity": "0.5"
                     *         },
                     *         "spacing": "arithmetic",
                     *         "type": "grid",
                     *         "upper": "110"
                     *       },
                     *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                     *       "name": "SOL grid",
                     *       "symbol": "SOL-USDT"
                     *     }
                     */
                    "application/json": components["schemas"]["CreateBot"];
                };
            };
            responses: {
                /** @description The bot */
                201: {
                    headers: {
                        /** @description Its version */
                        ETag?: string;
                        /** @description Where it can be asked for */
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "config": {
                         *         "grid_count": 10,
                         *         "lower": "90",
                         *         "quantity": {
                         *           "mode": "fixed_base",
                         *           "quantity": "0.5"
                         *         },
                         *         "spacing": "arithmetic",
                         *         "type": "grid",
                         *         "upper": "110"
                         *       },
                         *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "name": "SOL grid",
                         *       "status": "draft",
                         *       "status_reason": null,
                         *       "symbol": "SOL-USDT",
                         *       "type": "grid",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3,
                         *       "warnings": [
                         *         {
                         *           "code": "step_near_fees",
                         *           "message": "a step of the grid earns less than three times its fees",
                         *           "pointer": "/config/grid_count"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["TestedBot"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a bot */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bot */
                200: {
                    headers: {
                        /** @description The version, for `If-Match` */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "config": {
                         *         "grid_count": 10,
                         *         "lower": "90",
                         *         "quantity": {
                         *           "mode": "fixed_base",
                         *           "quantity": "0.5"
                         *         },
                         *         "spacing": "arithmetic",
                         *         "type": "grid",
                         *         "upper": "110"
                         *       },
                         *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "name": "SOL grid",
                         *       "status": "running",
                         *       "status_reason": null,
                         *       "symbol": "SOL-USDT",
                         *       "type": "grid",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Bot"];
                    };
                };
                /** @description `If-None-Match` names the `ETag` of what is there: no body */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Deletes a bot
         * @description Only one that is a draft, stopped or failed. Its name is free again. What it has traded stays in the lists across bots,
         *     in the portfolio and in its exports, until the account is closed.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is gone */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Changes a bot
         * @description The name at any time. The configuration of a bot that is a draft, stopped or failed, and of one that averages down
         *     while it runs: open deals keep the rules that they were opened under, later ones go by the new. Of a grid that runs,
         *     `take_profit_price`, `stop_loss_price` and `on_stop`: they count from the next price on. Everything else of a grid, and a
         *     schedule, changes at rest alone: stop the bot first. Type, connection and market cannot be changed. A stale version is
         *     refused with 409 and the current one.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that is changed, as `ETag` gave it; `*` for whichever is there */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "name": "SOL grid, wider",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["UpdateBot"];
                };
            };
            responses: {
                /** @description The bot after the change */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "config": {
                         *         "grid_count": 10,
                         *         "lower": "90",
                         *         "quantity": {
                         *           "mode": "fixed_base",
                         *           "quantity": "0.5"
                         *         },
                         *         "spacing": "arithmetic",
                         *         "type": "grid",
                         *         "upper": "110"
                         *       },
                         *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "name": "SOL grid",
                         *       "status": "draft",
                         *       "status_reason": null,
                         *       "symbol": "SOL-USDT",
                         *       "type": "grid",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3,
                         *       "warnings": [
                         *         {
                         *           "code": "step_near_fees",
                         *           "message": "a step of the grid earns less than three times its fees",
                         *           "pointer": "/config/grid_count"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["TestedBot"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/bots/{id}/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a draft with the configuration of a bot */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this attempt */
                    "Idempotency-Key"?: string | null;
                };
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                     *       "name": "SOL grid, copy"
                     *     }
                     */
                    "application/json": components["schemas"]["CloneBot"];
                };
            };
            responses: {
                /** @description The copy */
                201: {
                    headers: {
                        /** @description Its version */
                        ETag?: string;
                        /** @description Where it can be asked for */
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "config": {
                         *         "grid_count": 10,
                         *         "lower": "90",
                         *         "quantity": {
                         *           "mode": "fixed_base",
                         *           "quantity": "0.5"
                         *         },
                         *         "spacing": "arithmetic",
                         *         "type": "grid",
                         *         "upper": "110"
                         *       },
                         *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "name": "SOL grid",
                         *       "status": "draft",
                         *       "status_reason": null,
                         *       "symbol": "SOL-USDT",
                         *       "type": "grid",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3,
                         *       "warnings": [
                         *         {
                         *           "code": "step_near_fees",
                         *           "message": "a step of the grid earns less than three times its fees",
                         *           "pointer": "/config/grid_count"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["TestedBot"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/deals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A bot's deals */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Rows of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page, newest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *           "close_reason": null,
                         *           "closed_at": null,
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "invested": "71.75",
                         *           "number": 1,
                         *           "opened_at": "2025-01-15T09:30:00.000Z",
                         *           "realised": "1.12",
                         *           "symbol": "SOL-USDT"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Deal"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Opens a deal on base that the account holds
         * @description As if the first order had just bought `quantity` at `price`: take-profit and stop-loss follow from that. Safety orders
         *     hang from that price or from the market's, whichever is lower.
         *     Only base that no bot owns can be taken over; what this bot itself had left to the account comes back at what it cost.
         *     The deal counts among `max_active_deals` and `disable_after_deals_count`; a cooldown does not hold it up.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this attempt */
                    "Idempotency-Key"?: string | null;
                };
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "price": "143.5",
                     *       "quantity": "0.5"
                     *     }
                     */
                    "application/json": components["schemas"]["TakeOverRequest"];
                };
            };
            responses: {
                /** @description The bot is told; this is the bot until then */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "config": {
                         *         "grid_count": 10,
                         *         "lower": "90",
                         *         "quantity": {
                         *           "mode": "fixed_base",
                         *           "quantity": "0.5"
                         *         },
                         *         "spacing": "arithmetic",
                         *         "type": "grid",
                         *         "upper": "110"
                         *       },
                         *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "name": "SOL grid",
                         *       "status": "running",
                         *       "status_reason": null,
                         *       "symbol": "SOL-USDT",
                         *       "type": "grid",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Bot"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/deals/{number}/add-funds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Buys more base for an open deal
         * @description The order is one more safety order, numbered after those of the configuration: it moves the average and with it the
         *     take-profit and the stop-loss, and it ends with the deal. At market it buys at the next price or not at all; a limit
         *     rests until the deal ends. A paused bot takes funds too.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this attempt */
                    "Idempotency-Key"?: string | null;
                };
                path: {
                    /** @description Id of the bot */
                    id: string;
                    /** @description The deal's number within the bot */
                    number: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "amount": "50"
                     *     }
                     */
                    "application/json": components["schemas"]["AddFundsRequest"];
                };
            };
            responses: {
                /** @description The bot is told; this is the deal until then */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *       "close_reason": null,
                         *       "closed_at": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "invested": "71.75",
                         *       "number": 1,
                         *       "opened_at": "2025-01-15T09:30:00.000Z",
                         *       "realised": "1.12",
                         *       "symbol": "SOL-USDT"
                         *     }
                         */
                        "application/json": components["schemas"]["Deal"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/deals/{number}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancels a deal's orders and keeps its base
         * @description The base stays with the bot and is traded no more. The one deal of a grid or a schedule is all that the bot does: the
         *     bot stops with it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                    /** @description The deal's number within the bot */
                    number: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bot is told; this is the deal until then */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *       "close_reason": null,
                         *       "closed_at": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "invested": "71.75",
                         *       "number": 1,
                         *       "opened_at": "2025-01-15T09:30:00.000Z",
                         *       "realised": "1.12",
                         *       "symbol": "SOL-USDT"
                         *     }
                         */
                        "application/json": components["schemas"]["Deal"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/deals/{number}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sells what a deal holds at market
         * @description Its orders are cancelled first. The one deal of a grid or a schedule is all that the bot does: the bot stops with it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                    /** @description The deal's number within the bot */
                    number: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bot is told; this is the deal until then */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *       "close_reason": null,
                         *       "closed_at": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "invested": "71.75",
                         *       "number": 1,
                         *       "opened_at": "2025-01-15T09:30:00.000Z",
                         *       "realised": "1.12",
                         *       "symbol": "SOL-USDT"
                         *     }
                         */
                        "application/json": components["schemas"]["Deal"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why a bot did or did not act: its fills, and its refusals to act when their reason changes */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Rows of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page, newest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "at": "2025-01-15T09:30:00.000Z",
                         *           "code": "sold",
                         *           "data": {
                         *             "level": 4,
                         *             "purpose": "grid_sell",
                         *             "quantity": "0.4995",
                         *             "quote": "48.951",
                         *             "realised": "0.902",
                         *             "side": "sell"
                         *           },
                         *           "deal": 0,
                         *           "detail": null,
                         *           "id": 17,
                         *           "price": "98",
                         *           "sentence": "sold 0.4995 at 98: line 4, +0.902 USDT",
                         *           "until": null
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_BotDecision"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/fills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A bot's fills */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Rows of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page, newest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *           "fee": "0.0005",
                         *           "fee_asset": "SOL",
                         *           "filled_at": "2025-01-15T09:30:00.000Z",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "liquidity": "maker",
                         *           "order_id": "019467a0-5e00-7000-8000-0000000000d4",
                         *           "price": "96",
                         *           "quantity": "0.5",
                         *           "quote": "48",
                         *           "side": "buy",
                         *           "symbol": "SOL-USDT"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Fill"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A bot's orders */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Rows of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page, newest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *           "client_order_id": "bbx-1-9",
                         *           "deal": 0,
                         *           "ended_at": null,
                         *           "filled_quantity": "0",
                         *           "filled_quote": "0",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "level": 3,
                         *           "number": 9,
                         *           "placed_at": "2025-01-15T09:30:00.000Z",
                         *           "price": "96",
                         *           "purpose": "grid_buy",
                         *           "quantity": "0.5",
                         *           "quote_quantity": null,
                         *           "reject_code": null,
                         *           "side": "buy",
                         *           "status": "open",
                         *           "symbol": "SOL-USDT",
                         *           "type": "limit"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Order"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/panic-close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancels a bot's orders and sells what it holds at market */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is stopping */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "config": {
                         *         "grid_count": 10,
                         *         "lower": "90",
                         *         "quantity": {
                         *           "mode": "fixed_base",
                         *           "quantity": "0.5"
                         *         },
                         *         "spacing": "arithmetic",
                         *         "type": "grid",
                         *         "upper": "110"
                         *       },
                         *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "name": "SOL grid",
                         *       "status": "running",
                         *       "status_reason": null,
                         *       "symbol": "SOL-USDT",
                         *       "type": "grid",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Bot"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pauses a bot
         * @description It opens nothing new; what is open stays protected. The status follows when the engine has done it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is told */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "config": {
                         *         "grid_count": 10,
                         *         "lower": "90",
                         *         "quantity": {
                         *           "mode": "fixed_base",
                         *           "quantity": "0.5"
                         *         },
                         *         "spacing": "arithmetic",
                         *         "type": "grid",
                         *         "upper": "110"
                         *       },
                         *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "name": "SOL grid",
                         *       "status": "running",
                         *       "status_reason": null,
                         *       "symbol": "SOL-USDT",
                         *       "type": "grid",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Bot"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/performance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a bot has earned */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Its figures */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "days": [
                         *         {
                         *           "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *           "day": "2025-01-15",
                         *           "realised": "1.12",
                         *           "symbol": "SOL-USDT",
                         *           "trades": 3,
                         *           "wins": 3
                         *         }
                         *       ],
                         *       "fees": "10.4",
                         *       "grid": {
                         *         "closing_profit": "0",
                         *         "grid_profit": "41.2",
                         *         "total": "38.1",
                         *         "unrealised": "-3.1"
                         *       },
                         *       "ledger": [
                         *         {
                         *           "asset": "USDT",
                         *           "fees": "5.2",
                         *           "traded": "-201.9"
                         *         }
                         *       ],
                         *       "position": {
                         *         "cost": "243.1",
                         *         "quantity": "2.5"
                         *       },
                         *       "realised": "41.2",
                         *       "unrealised": "-3.1"
                         *     }
                         */
                        "application/json": components["schemas"]["Performance"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lets a paused bot go on
         * @description The status follows when the engine has done it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is told */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "config": {
                         *         "grid_count": 10,
                         *         "lower": "90",
                         *         "quantity": {
                         *           "mode": "fixed_base",
                         *           "quantity": "0.5"
                         *         },
                         *         "spacing": "arithmetic",
                         *         "type": "grid",
                         *         "upper": "110"
                         *       },
                         *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "name": "SOL grid",
                         *       "status": "running",
                         *       "status_reason": null,
                         *       "symbol": "SOL-USDT",
                         *       "type": "grid",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Bot"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/signal-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes the secret for signals to a bot
         * @description It is shown this once. One that was made before ends with it. Who has it can trade with the bot, so it takes a session that
         *     was stepped up.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The secret */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "path": "/api/v1/hooks/019467a0-5e00-7000-8000-0000000000b2",
                         *       "secret": "bbs_4mDqPz0S2Yc8b1QvKk7x5nWfT3uJrE6hLaGdN9sXoUI"
                         *     }
                         */
                        "application/json": components["schemas"]["SignalSecret"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/signals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The signals that came for a bot, and what became of each
         * @description They are kept for 30 days.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Rows of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page, newest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "action": "enter_long",
                         *           "amount": {
                         *             "unit": "quote",
                         *             "value": "100"
                         *           },
                         *           "applied_at": "2025-01-15T09:30:01.000Z",
                         *           "confidence": null,
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "outcome": "applied",
                         *           "reason": null,
                         *           "received_at": "2025-01-15T09:30:00.250Z",
                         *           "sent_at": "2025-01-15T09:30:00.000Z",
                         *           "signal_id": "run-17"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Signal"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Starts a bot
         * @description Its configuration is tested once more, against the price and the account as they are now. Where it trades real money its
         *     user must have agreed to that, see `confirm-live` of the connection. A bot in `error` begins anew: what it holds stays with
         *     it, and is sold or left to the account when it stops.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is starting */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "config": {
                         *         "grid_count": 10,
                         *         "lower": "90",
                         *         "quantity": {
                         *           "mode": "fixed_base",
                         *           "quantity": "0.5"
                         *         },
                         *         "spacing": "arithmetic",
                         *         "type": "grid",
                         *         "upper": "110"
                         *       },
                         *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "name": "SOL grid",
                         *       "status": "running",
                         *       "status_reason": null,
                         *       "symbol": "SOL-USDT",
                         *       "type": "grid",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Bot"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The state that a bot was last saved in */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The state */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "state": {}
                         *     }
                         */
                        "application/json": components["schemas"]["BotState"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stops a bot
         * @description One in `error` too: what it holds is sold with `sell`, and left to the account otherwise.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the bot */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    /**
                     * @example {
                     *       "mode": "finish"
                     *     }
                     */
                    "application/json": components["schemas"]["StopRequest"];
                };
            };
            responses: {
                /** @description It is stopping */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "config": {
                         *         "grid_count": 10,
                         *         "lower": "90",
                         *         "quantity": {
                         *           "mode": "fixed_base",
                         *           "quantity": "0.5"
                         *         },
                         *         "spacing": "arithmetic",
                         *         "type": "grid",
                         *         "upper": "110"
                         *       },
                         *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "name": "SOL grid",
                         *       "status": "running",
                         *       "status_reason": null,
                         *       "symbol": "SOL-USDT",
                         *       "type": "grid",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Bot"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists configurations to begin with */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The presets */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "config": {
                         *             "grid_count": 10,
                         *             "lower": "90",
                         *             "quantity": {
                         *               "mode": "fixed_base",
                         *               "quantity": "0.5"
                         *             },
                         *             "spacing": "arithmetic",
                         *             "type": "grid",
                         *             "upper": "110"
                         *           },
                         *           "description": "Buys low and sells high between two prices.",
                         *           "name": "grid",
                         *           "title": "Grid"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Presets"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Previews a bot
         * @description Places the orders of a start in a simulation of the account's market at its price now: prices and quantities are those of
         *     a start at that price, digit for digit. A trigger price counts as reached, conditions for the start of a deal count as met,
         *     and of several deals one is shown. Nothing is stored.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "config": {
                     *         "grid_count": 10,
                     *         "lower": "90",
                     *         "quantity": {
                     *           "mode": "fixed_base",
                     *           "quantity": "0.5"
                     *         },
                     *         "spacing": "arithmetic",
                     *         "type": "grid",
                     *         "upper": "110"
                     *       },
                     *       "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                     *       "symbol": "SOL-USDT"
                     *     }
                     */
                    "application/json": components["schemas"]["PreviewBot"];
                };
            };
            responses: {
                /** @description What the bot would do, or what is wrong with its configuration */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "break_even": "96.2",
                         *       "errors": [],
                         *       "free": {
                         *         "base": "0",
                         *         "quote": "10000"
                         *       },
                         *       "levels": [
                         *         {
                         *           "average": null,
                         *           "exits": [
                         *             {
                         *               "price": "98",
                         *               "quantity": "0.4995"
                         *             }
                         *           ],
                         *           "fee": "0.0005",
                         *           "fee_asset": "SOL",
                         *           "is_placed_at_start": true,
                         *           "level": 3,
                         *           "order_type": {
                         *             "price": "96",
                         *             "time_in_force": "good_till_cancelled",
                         *             "type": "limit"
                         *           },
                         *           "price": "96",
                         *           "purpose": "grid_buy",
                         *           "quantity": "0.5",
                         *           "quote": "48",
                         *           "side": "buy"
                         *         }
                         *       ],
                         *       "loss_at_stop": null,
                         *       "needed": {
                         *         "base": "0",
                         *         "quote": "240"
                         *       },
                         *       "round_profit": "0.902",
                         *       "times": [],
                         *       "warnings": []
                         *     }
                         */
                        "application/json": components["schemas"]["BotPreview"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Deals of all bots
         * @description The newest come first.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only those of this bot. */
                    bot_id?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Only those opened at or after this time, on the clock of the data. */
                    from?: string;
                    /** @description Deals of a page, 50 by default. */
                    limit?: number;
                    /** @description Only open, or only closed ones. */
                    status?: components["schemas"]["DealStatus"];
                    /** @description Only those of this market. */
                    symbol?: components["schemas"]["Symbol"];
                    /** @description Only those opened before this time. */
                    to?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of deals */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *           "close_reason": null,
                         *           "closed_at": null,
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "invested": "71.75",
                         *           "number": 1,
                         *           "opened_at": "2025-01-15T09:30:00.000Z",
                         *           "realised": "1.12",
                         *           "symbol": "SOL-USDT"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Deal"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events after a position
         * @description Kept for seven days.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Events with a higher `seq` than this; 0 is the beginning. Not together with `cursor`. */
                    after?: number;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Events of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of the log */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "at": "2025-01-15T09:30:00.000Z",
                         *           "data": {
                         *             "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *             "close_reason": "take_profit",
                         *             "closed_at": "2025-01-15T09:30:00.000Z",
                         *             "invested": "71.75",
                         *             "number": 1,
                         *             "realised": "1.12"
                         *           },
                         *           "seq": 41,
                         *           "type": "deal.closed"
                         *         }
                         *       ],
                         *       "epoch": "9f86d081884c7d65",
                         *       "last_seq": 41,
                         *       "next_cursor": null,
                         *       "resync": null
                         *     }
                         */
                        "application/json": components["schemas"]["EventPage"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exchange-connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user's connections
         * @description The oldest come first.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Rows of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of connections */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "bots": 1,
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "feed": null,
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "key_hint": null,
                         *           "label": "Paper",
                         *           "live_confirmed_at": null,
                         *           "paper": {
                         *             "symbol": "SOL-USDT"
                         *           },
                         *           "testnet": false,
                         *           "updated_at": "2025-01-15T09:30:00.000Z",
                         *           "venue": "paper",
                         *           "version": 3
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Connection"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Makes a connection
         * @description A paper account has a market and a clock of its own. Its feed is paused: start the bots, then the feed. The keys of an
         *     exchange are tried there, and stored sealed only if bots can trade with them and nobody can withdraw with them; they are
         *     taken only in a session that was stepped up lately. OKX cannot be traded on yet.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this attempt */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "label": "Paper",
                     *       "paper": {
                     *         "balances": {
                     *           "USDT": "10000"
                     *         },
                     *         "feed": {
                     *           "candles": 5000,
                     *           "kind": "synthetic",
                     *           "seed": 3
                     *         },
                     *         "speed": "flat_out",
                     *         "symbol": "SOL-USDT"
                     *       },
                     *       "venue": "paper"
                     *     }
                     */
                    "application/json": components["schemas"]["CreateConnection"];
                };
            };
            responses: {
                /** @description The connection */
                201: {
                    headers: {
                        /** @description Its version */
                        ETag?: string;
                        /** @description Where it can be asked for */
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "feed": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "key_hint": null,
                         *       "label": "Paper",
                         *       "live_confirmed_at": null,
                         *       "paper": {
                         *         "symbol": "SOL-USDT"
                         *       },
                         *       "testnet": false,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "venue": "paper",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Connection"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exchange-connections/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a connection */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the connection */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The connection */
                200: {
                    headers: {
                        /** @description The version, for `If-Match` */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "feed": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "key_hint": null,
                         *       "label": "Paper",
                         *       "live_confirmed_at": null,
                         *       "paper": {
                         *         "symbol": "SOL-USDT"
                         *       },
                         *       "testnet": false,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "venue": "paper",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Connection"];
                    };
                };
                /** @description `If-None-Match` names the `ETag` of what is there: no body */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Deletes a connection
         * @description Its bots have to be deleted first. The keys of an exchange are destroyed with it: that needs a session that was stepped
         *     up lately, as giving them does. Its label is free again. What was traded through it stays in the lists across bots, in the
         *     portfolio and in its exports.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the connection */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is gone */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Gives a connection another label */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that is changed, as `ETag` gave it; `*` for whichever is there */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description Id of the connection */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "label": "Paper account",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["UpdateConnection"];
                };
            };
            responses: {
                /** @description The connection after the change */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "feed": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "key_hint": null,
                         *       "label": "Paper",
                         *       "live_confirmed_at": null,
                         *       "paper": {
                         *         "symbol": "SOL-USDT"
                         *       },
                         *       "testnet": false,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "venue": "paper",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Connection"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/exchange-connections/{id}/confirm-live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Agrees to bots trading real money through a connection
         * @description Once for each connection, and again after its keys were rotated. Repeating it changes nothing. Paper accounts and
         *     testnets need it not.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the connection */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The connection */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "feed": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "key_hint": null,
                         *       "label": "Paper",
                         *       "live_confirmed_at": null,
                         *       "paper": {
                         *         "symbol": "SOL-USDT"
                         *       },
                         *       "testnet": false,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "venue": "paper",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Connection"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exchange-connections/{id}/feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts or pauses the feed of a paper account */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the connection */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "action": "start"
                     *     }
                     */
                    "application/json": components["schemas"]["FeedRequest"];
                };
            };
            responses: {
                /** @description The connection */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "feed": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "key_hint": null,
                         *       "label": "Paper",
                         *       "live_confirmed_at": null,
                         *       "paper": {
                         *         "symbol": "SOL-USDT"
                         *       },
                         *       "testnet": false,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "venue": "paper",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Connection"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exchange-connections/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts other keys in the place of a connection's
         * @description The new ones are tried at the exchange first, as those of a new connection are; then the old ones are overwritten. Unless
         *     the exchange tells that they are of the same account, live trading has to be confirmed anew. While bots of the connection
         *     are not stopped, or orders of it are open at the exchange, keys of another account are refused, unless those orders are to be
         *     left there.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that is changed, as `ETag` gave it; `*` for whichever is there */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description Id of the connection */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "key": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
                     *       "secret": "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["RotateCredentials"];
                };
            };
            responses: {
                /** @description The connection after the change */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": 1,
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "feed": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "key_hint": null,
                         *       "label": "Paper",
                         *       "live_confirmed_at": null,
                         *       "paper": {
                         *         "symbol": "SOL-USDT"
                         *       },
                         *       "testnet": false,
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "venue": "paper",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Connection"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exchange-connections/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tests a connection
         * @description A paper account works while its candles can be had. An exchange is asked with the keys of the connection: they work if
         *     bots can trade with them and nobody can withdraw with them. Of what does not work it says why, and how to mend it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the connection */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Whether it works */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "addresses": [],
                         *       "message": null,
                         *       "ok": true,
                         *       "permissions": {
                         *         "bound_to_addresses": true,
                         *         "read": true,
                         *         "trade_spot": true,
                         *         "withdraw": false
                         *       },
                         *       "remedy": null
                         *     }
                         */
                        "application/json": components["schemas"]["ConnectionTest"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/fills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fills of all bots
         * @description The newest come first.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only those of this bot. */
                    bot_id?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Only those that happened at or after this time, on the clock of the data. */
                    from?: string;
                    /** @description Fills of a page, 50 by default. */
                    limit?: number;
                    /** @description Only makers, or only takers. */
                    liquidity?: components["schemas"]["Liquidity"];
                    /** @description Only those of this market. */
                    symbol?: components["schemas"]["Symbol"];
                    /** @description Only those that happened before this time. */
                    to?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of fills */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *           "fee": "0.0005",
                         *           "fee_asset": "SOL",
                         *           "filled_at": "2025-01-15T09:30:00.000Z",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "liquidity": "maker",
                         *           "order_id": "019467a0-5e00-7000-8000-0000000000d4",
                         *           "price": "96",
                         *           "quantity": "0.5",
                         *           "quote": "48",
                         *           "side": "buy",
                         *           "symbol": "SOL-USDT"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Fill"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hooks/{bot_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a signal to a bot
         * @description In the shape of TradingView's alerts (`action`, `ticker`, `price`, `time`) or of 3Commas' signals (`action`,
         *     `tv_instrument`, `trigger_price`, `timestamp`, `max_lag`, `order`); fields that are not known are passed over, and the
         *     content type does not matter. `action` is `enter_long` (or `buy`), `exit_long` (or `sell`), `close_at_market`,
         *     `close_at_market_all`, `disable` or `enable`.
         *
         *     The secret of the bot is in the field `secret` or in the header `X-Signal-Secret`; or the header `X-Signal-Signature` is
         *     `t=<Unix seconds>,v1=<HMAC-SHA256 of t, a dot and the body, with the secret, in hex>`, with a time within five minutes.
         *
         *     A signal is stored once. Those with the same `signal_id`, or else the same action, market, time and price, within 24
         *     hours are repeats, and are answered 200 with what became of the first.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The secret, where it is not in the body */
                    "X-Signal-Secret"?: string | null;
                    /** @description A signature in place of the secret: `t=…,v1=…` */
                    "X-Signal-Signature"?: string | null;
                };
                path: {
                    /** @description Id of the bot */
                    bot_id: string;
                };
                cookie?: never;
            };
            /** @description A signal, as its sender words it; at most 8 KiB */
            requestBody: {
                content: {
                    "application/json": Record<string, never>;
                };
            };
            responses: {
                /** @description It is a repeat; this is the first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "action": "enter_long",
                         *       "amount": {
                         *         "unit": "quote",
                         *         "value": "100"
                         *       },
                         *       "applied_at": "2025-01-15T09:30:01.000Z",
                         *       "confidence": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "outcome": "applied",
                         *       "reason": null,
                         *       "received_at": "2025-01-15T09:30:00.250Z",
                         *       "sent_at": "2025-01-15T09:30:00.000Z",
                         *       "signal_id": "run-17"
                         *     }
                         */
                        "application/json": components["schemas"]["Signal"];
                    };
                };
                /** @description It is stored, and its bot is told */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "action": "enter_long",
                         *       "amount": {
                         *         "unit": "quote",
                         *         "value": "100"
                         *       },
                         *       "applied_at": "2025-01-15T09:30:01.000Z",
                         *       "confidence": null,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "outcome": "applied",
                         *       "reason": null,
                         *       "received_at": "2025-01-15T09:30:00.250Z",
                         *       "sent_at": "2025-01-15T09:30:00.000Z",
                         *       "signal_id": "run-17"
                         *     }
                         */
                        "application/json": components["schemas"]["Signal"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/{id}/candles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The newest closed candles of a market
         * @description Of a paper account those that its clock has passed; the one that is being played is not among them. A market of an
         *     exchange that stood still may have fewer than were asked for.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Length of a candle at an exchange, `1m` by default. Those of a paper account are as long as those of its feed. */
                    interval?: components["schemas"]["Interval"];
                    /** @description How many of the newest, 100 by default. */
                    limit?: number;
                    /** @description Market as `BTC-USDT`: needed at an exchange. A paper account has one of its own. */
                    symbol?: string;
                };
                header?: never;
                path: {
                    /** @description Id of the connection */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The candles */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "close": "143.5",
                         *           "close_time": "2025-01-15T09:30:59.999Z",
                         *           "high": "143.9",
                         *           "low": "143.1",
                         *           "open": "143.2",
                         *           "open_time": "2025-01-15T09:30:00.000Z",
                         *           "volume": "1840.2"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["CandleList"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/{id}/symbols": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The markets of a connection, with their rules
         * @description Of an exchange, all spot markets that take orders; the list is at most five minutes old.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the connection */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The markets */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "lot_size": "0.001",
                         *           "market_lot": null,
                         *           "max_notional": "9000000",
                         *           "max_notional_for_market": false,
                         *           "max_orders": 200,
                         *           "max_quantity": "90000",
                         *           "min_notional": "5",
                         *           "min_notional_for_market": true,
                         *           "min_quantity": "0.001",
                         *           "percent_price": {
                         *             "ask_down": "0.2",
                         *             "ask_up": "5",
                         *             "bid_down": "0.2",
                         *             "bid_up": "5"
                         *           },
                         *           "symbol": "SOL-USDT",
                         *           "tick_size": "0.01",
                         *           "venue": "binance"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Symbols"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/{id}/ticker": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest price of a market */
        get: {
            parameters: {
                query?: {
                    /** @description Market as `BTC-USDT`: needed at an exchange. A paper account has one of its own. */
                    symbol?: string;
                };
                header?: never;
                path: {
                    /** @description Id of the connection */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The price */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "at": "2025-01-15T09:30:00.000Z",
                         *       "price": "143.5",
                         *       "symbol": "SOL-USDT"
                         *     }
                         */
                        "application/json": components["schemas"]["Ticker"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/venues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the venues
         * @description Of an exchange that can be traded on also how it is doing: whether requests are sent there, and how much of its limits is
         *     used.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The venues */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "exchanges": [
                         *             {
                         *               "blocked_until": null,
                         *               "breaker": "closed",
                         *               "request_weight": [
                         *                 {
                         *                   "interval_s": 60,
                         *                   "limit": 6000,
                         *                   "used": 212
                         *                 }
                         *               ],
                         *               "testnet": false
                         *             }
                         *           ],
                         *           "name": "Binance",
                         *           "supported": true,
                         *           "venue": "binance"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Venues"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The signed-in user */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The account */
                200: {
                    headers: {
                        /** @description The version, for `If-Match` */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "display_name": "Ann",
                         *       "email": "ann@example.com",
                         *       "email_verified": true,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "role": "user",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["UserProfile"];
                    };
                };
                /** @description `If-None-Match` names the `ETag` of what is there: no body */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Closes the account, for good
         * @description Needs a fresh second factor, and no subscription that would be charged on: cancel it first. A checkout that is open can
         *     no longer be paid. The last superadmin makes another one first. All sessions end at once and the address is free again.
         *     The engine then stops the bots, which cancel their orders and sell nothing, destroys the keys of exchanges, and later, in
         *     a quarter of an hour as a rule, deletes everything but the entries of the security log, which name nobody any more.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "password": "correct horse battery staple"
                     *     }
                     */
                    "application/json": components["schemas"]["DeleteMeRequest"];
                };
            };
            responses: {
                /** @description The account is closed and being deleted */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Changes the profile
         * @description A stale version is refused with 409 and the current one.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that is changed, as `ETag` gave it; `*` for whichever is there */
                    "If-Match"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "display_name": "Ann",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["UpdateMe"];
                };
            };
            responses: {
                /** @description The account after the change */
                200: {
                    headers: {
                        /** @description The version, for `If-Match` */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "created_at": "2025-01-15T09:30:00.000Z",
                         *       "display_name": "Ann",
                         *       "email": "ann@example.com",
                         *       "email_verified": true,
                         *       "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *       "role": "user",
                         *       "updated_at": "2025-01-15T09:30:00.000Z",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["UserProfile"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everything that is known of the user
         * @description One object with a list for each kind of thing, without secrets and hashes. It is not of one moment: what changes while
         *     it is read may or may not be in it. A document that ends early is not valid JSON.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The document */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/preferences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The user's own settings */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The settings */
                200: {
                    headers: {
                        /** @description The version, for `If-Match` */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "locale": "en-GB",
                         *       "notifications": {
                         *         "api_token.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "api_token.revoked": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "backtest.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "backtest.deleted": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "backtest.finished": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "balance.updated": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "billing.checkout_completed": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "billing.invoice_paid": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "billing.payment_failed": {
                         *           "email": true,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "billing.plan_downgraded": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "billing.subscription_changed": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "bot.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "bot.deleted": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "bot.status_changed": {
                         *           "email": true,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "bot.updated": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "connection.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "connection.deleted": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "connection.updated": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "deal.closed": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "deal.opened": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "order.cancelled": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "order.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "order.filled": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "order.rejected": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "second_factor.disabled": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "second_factor.enabled": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "session.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "session.revoked": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "user.registered": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "user.updated": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         }
                         *       },
                         *       "quote_currency": "USDT",
                         *       "timezone": "Europe/Berlin",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Preferences"];
                    };
                };
                /** @description `If-None-Match` names the `ETag` of what is there: no body */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes the user's own settings
         * @description A stale version is refused with 409 and the current one.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The version that is changed, as `ETag` gave it; `*` for whichever is there */
                    "If-Match"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "notifications": {
                     *         "order.filled": {
                     *           "email": true,
                     *           "telegram": false,
                     *           "webhook": false
                     *         }
                     *       },
                     *       "quote_currency": "USDT",
                     *       "timezone": "Europe/Berlin",
                     *       "version": 3
                     *     }
                     */
                    "application/json": components["schemas"]["UpdatePreferences"];
                };
            };
            responses: {
                /** @description The settings after the change */
                200: {
                    headers: {
                        /** @description The version, for `If-Match` */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "locale": "en-GB",
                         *       "notifications": {
                         *         "api_token.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "api_token.revoked": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "backtest.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "backtest.deleted": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "backtest.finished": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "balance.updated": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "billing.checkout_completed": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "billing.invoice_paid": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "billing.payment_failed": {
                         *           "email": true,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "billing.plan_downgraded": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "billing.subscription_changed": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "bot.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "bot.deleted": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "bot.status_changed": {
                         *           "email": true,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "bot.updated": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "connection.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "connection.deleted": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "connection.updated": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "deal.closed": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "deal.opened": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "order.cancelled": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "order.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "order.filled": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "order.rejected": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "second_factor.disabled": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "second_factor.enabled": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "session.created": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "session.revoked": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "user.registered": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         },
                         *         "user.updated": {
                         *           "email": false,
                         *           "telegram": false,
                         *           "webhook": false
                         *         }
                         *       },
                         *       "quote_currency": "USDT",
                         *       "timezone": "Europe/Berlin",
                         *       "version": 3
                         *     }
                         */
                        "application/json": components["schemas"]["Preferences"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/me/security-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What concerned the safety of the account
         * @description Newest first, kept for a year.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Entries of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of entries */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "address": "198.51.100.7",
                         *           "agent": "Mozilla/5.0",
                         *           "created_at": "2025-01-15T09:30:00.000Z",
                         *           "detail": {},
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "kind": "logged_in"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_SecurityLogRow"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Orders of all bots
         * @description The newest come first.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only those of this bot. */
                    bot_id?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Only those placed at or after this time, on the clock of the data. */
                    from?: string;
                    /** @description Orders of a page, 50 by default. */
                    limit?: number;
                    /** @description Only those of this status. */
                    status?: components["schemas"]["OrderStatus"];
                    /** @description Only those of this market. */
                    symbol?: components["schemas"]["Symbol"];
                    /** @description Only those placed before this time. */
                    to?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of orders */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *           "client_order_id": "bbx-1-9",
                         *           "deal": 0,
                         *           "ended_at": null,
                         *           "filled_quantity": "0",
                         *           "filled_quote": "0",
                         *           "id": "019467a0-5e00-7000-8000-0000000000a1",
                         *           "level": 3,
                         *           "number": 9,
                         *           "placed_at": "2025-01-15T09:30:00.000Z",
                         *           "price": "96",
                         *           "purpose": "grid_buy",
                         *           "quantity": "0.5",
                         *           "quote_quantity": null,
                         *           "reject_code": null,
                         *           "side": "buy",
                         *           "status": "open",
                         *           "symbol": "SOL-USDT",
                         *           "type": "limit"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_Order"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolio/balances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is held in all connections */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The balances */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "asset": "USDT",
                         *           "connection_id": "019467a0-5e00-7000-8000-0000000000c3",
                         *           "free": "9928.18",
                         *           "reserved": "71.75"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Balances"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolio/equity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The equity curve of a connection, by the hour of its data
         * @description The oldest come first.
         */
        get: {
            parameters: {
                query: {
                    /** @description Of which connection: paper accounts have clocks of their own, so their curves do not add up. */
                    connection_id: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    /** @description Points of a page, 50 by default. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of the curve */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "amount": "10012.4",
                         *           "asset": "USDT",
                         *           "at": "2025-01-15T09:30:00.000Z",
                         *           "connection_id": "019467a0-5e00-7000-8000-0000000000c3"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Page_EquityRow"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolio/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was traded, as CSV
         * @description By connection, then in the order in which it happened, with what deleted bots and connections have traded. Tax rows
         *     match every sale with the oldest lots of the same connection and market; base that was never bought there has no
         *     `acquired_at` and a cost of 0; lots that were bought before `from` count. Texts that a spreadsheet would take for a formula
         *     begin with an apostrophe.
         */
        get: {
            parameters: {
                query: {
                    /** @description Only what this connection has traded. */
                    connection_id?: string;
                    /** @description Only what was filled, or sold, at or after this time, on the clock of the data. */
                    from?: string;
                    /** @description Which table is exported. */
                    kind: components["schemas"]["ExportKind"];
                    /**
                     * @description Where the year begins and ends: a zone of the IANA database, UTC unless said otherwise. Times are written in UTC.
                     * @example Europe/Berlin
                     */
                    timezone?: string;
                    /** @description Only what was filled, or sold, before this time. */
                    to?: string;
                    /** @description Only what was filled, or sold, in this year, in place of `from` and `to`. */
                    year?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The table, with a header row */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolio/pnl": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What closed trades have earned, by bot, pair and day
         * @description A deal counts on the day on which it ends, a round of a grid and a sale of a schedule on the day of the sale.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only of this bot. */
                    bot_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The sums */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "bot_id": "019467a0-5e00-7000-8000-0000000000b2",
                         *           "day": "2025-01-15",
                         *           "realised": "1.12",
                         *           "symbol": "SOL-USDT",
                         *           "trades": 3,
                         *           "wins": 3
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Earnings"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolio/stop-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stops all bots
         * @description Without a body they cancel their orders and keep their base.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    /**
                     * @example {
                     *       "mode": "finish"
                     *     }
                     */
                    "application/json": components["schemas"]["StopRequest"];
                };
            };
            responses: {
                /** @description They are stopping */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "bots": [
                         *         "019467a0-5e00-7000-8000-0000000000a1"
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Stopped"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account, as admins see it. */
        Account: {
            /**
             * Format: int64
             * @description How many bots the user has.
             */
            bots: number;
            /**
             * Format: int64
             * @description How many connections the user has.
             */
            connections: number;
            /**
             * Format: date-time
             * @description When the account was made.
             */
            created_at: string;
            /** @description What others see; may be empty. */
            display_name: string;
            /**
             * Format: email
             * @description The address, in its normal form.
             */
            email: string;
            /** @description Whether the owner of the address has answered. */
            email_verified: boolean;
            /**
             * Format: uuid
             * @description Id of the account.
             */
            id: string;
            /**
             * Format: date-time
             * @description When a session was last begun or renewed, as far as sessions are kept.
             */
            last_seen_at: string | null;
            /** @description `user`, `admin` or `superadmin`. */
            role: components["schemas"]["RoleName"];
            /** @description `active`, `suspended` or `banned`. */
            status: components["schemas"]["StatusName"];
            /** @description Why an admin changed the status. */
            status_reason: string | null;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /**
             * Format: int32
             * @description Raised by each change.
             */
            version: number;
        };
        /** @description Funds for an open deal. */
        AddFundsRequest: {
            /** @description Quote to spend, fee not counted. */
            amount: components["schemas"]["Amount"];
            /** @description Limit of the order, in quote; rounded down to the market's tick. At market where it is absent. */
            price?: components["schemas"]["Amount"];
        };
        /**
         * Format: decimal
         * @description A decimal number in a string: at most 28 digits and 18 decimals, without trailing zeros.
         * @example 64123.4
         */
        Amount: string;
        /** @description Data of `api_token.created`. */
        ApiTokenCreated: {
            /**
             * Format: uuid
             * @description Id of the token.
             */
            api_token: string;
            /** @description What its user calls it. */
            name: string;
            /** @description What it is good for. */
            scopes: components["schemas"]["TokenScope"][];
        };
        /** @description Data of `api_token.revoked`. */
        ApiTokenRevoked: {
            /**
             * Format: uuid
             * @description Id of the token.
             */
            api_token: string;
            /** @description Why it was revoked together with other logins; absent where its user revoked it. */
            reason?: components["schemas"]["RevokeReason"];
        };
        /** @example BTC */
        Asset: string;
        /** @description How much of an asset an account holds. */
        AssetBalance: {
            /** @description The asset's name. */
            asset: components["schemas"]["Asset"];
            /** @description Free to use. */
            free: components["schemas"]["Amount"];
            /** @description Set aside for open orders. */
            reserved: components["schemas"]["Amount"];
        };
        /** @description A backtest, or a search for the best configuration. */
        Backtest: {
            /**
             * Format: int32
             * @description How often an engine began it.
             */
            attempts: number;
            /** @description The type of its bot. */
            bot_type: components["schemas"]["BotKind"];
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            error: components["schemas"]["JobError"] | null;
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at: string | null;
            /**
             * Format: uuid
             * @description Id of the backtest or search.
             */
            id: string;
            /** @description What it computes. */
            kind: components["schemas"]["JobKind"];
            /**
             * Format: int32
             * @description How much of it is done.
             */
            percent: number;
            /** @description What was asked for. */
            request: components["schemas"]["JobRequest"];
            result: components["schemas"]["JobResult"] | null;
            /**
             * Format: date-time
             * @description When it was first begun.
             */
            started_at: string | null;
            /** @description Where it stands. */
            status: components["schemas"]["JobStatus"];
            /** @description What is traded. */
            symbol: components["schemas"]["Symbol"];
        };
        /** @description Data of `backtest.created`. */
        BacktestCreated: {
            /** @description The type of its bot. */
            bot_type: components["schemas"]["BotKind"];
            /**
             * Format: uuid
             * @description Id of the backtest or search.
             */
            id: string;
            /** @description What it computes. */
            kind: components["schemas"]["JobKind"];
            /** @description Where it stands. */
            status: components["schemas"]["JobStatus"];
            /** @description What is traded. */
            symbol: components["schemas"]["Symbol"];
        };
        /** @description Data of `backtest.deleted`. */
        BacktestDeleted: {
            /**
             * Format: uuid
             * @description Id of the backtest or search.
             */
            id: string;
        };
        /** @description Data of `backtest.finished`. */
        BacktestFinished: {
            error: components["schemas"]["JobError"] | null;
            /**
             * Format: uuid
             * @description Id of the backtest or search.
             */
            id: string;
            /** @description What it computes. */
            kind: components["schemas"]["JobKind"];
            /** @description How it ended. */
            status: components["schemas"]["JobStatus"];
        };
        /** @description What is kept of a backtest. */
        BacktestResult: {
            /**
             * Format: int64
             * @description How many fills came after those: not listed, but part of every figure. Absent where a backtest is from before it was
             *     counted.
             */
            dropped_trades?: number;
            /**
             * Format: int32
             * @description How many of its fills are kept: the first 100,000.
             */
            kept_trades: number;
            /** @description Its figures, of the whole run. */
            summary: components["schemas"]["Summary"];
            /** @description What is doubtful about the request and its candles. */
            warnings: components["schemas"]["ConfigFinding"][];
        };
        /** @description A signal that the bot of a backtest is sent. It has no way: what `max_lag_s` says of it does not matter. */
        BacktestSignal: {
            /** @description What it asks for. */
            action: components["schemas"]["SignalAction"];
            /** @description How much it asks for; as the bot is configured where it is absent. */
            amount?: components["schemas"]["SignalAmount"];
            /**
             * Format: date-time
             * @description When it comes. It is applied at the first price at or after that.
             */
            at: string;
            /** @description How sure its sender is, 0–1. */
            confidence?: components["schemas"]["Amount"];
            /** @description What decisions name it by; its place in the list, from 0, where it is absent. */
            signal_id?: string;
        };
        /** @description One bot, played over candles that have been. */
        BacktestSpec: {
            /**
             * @description Amounts by asset.
             * @example {
             *       "USDT": "10000"
             *     }
             */
            balances: {
                [key: string]: string;
            };
            /** @description Where the prices come from. */
            candles: components["schemas"]["CandleSource"];
            /** @description What the bot does. */
            config: components["schemas"]["BotConfig"];
            /** @description What trades cost; 0.1 % unless said otherwise. */
            fees?: components["schemas"]["Fees"];
            /** @description The rules of the market. */
            market?: components["schemas"]["MarketRules"];
            /** @description In which order the extremes of a candle are visited. */
            point_order?: components["schemas"]["PointOrder"];
            /** @description Signals that the bot is sent: of a `signal` bot, or of a `dca` bot with `start_condition` `signal`. */
            signals?: components["schemas"]["BacktestSignal"][];
            /** @description What is traded. */
            symbol: components["schemas"]["Symbol"];
        };
        /** @description A fill of a backtest. */
        BacktestTrade: {
            /**
             * Format: date-time
             * @description When, on the clock of the data.
             */
            at: string | null;
            /**
             * Format: int64
             * @description Number of its deal.
             */
            deal: number;
            /** @description Fee charged, in the fee asset. */
            fee: components["schemas"]["Amount"];
            /** @description In what it was charged. */
            fee_asset: string;
            /**
             * Format: int64
             * @description Which of its purpose.
             */
            level: number;
            /** @description `maker` or `taker`. */
            liquidity: components["schemas"]["Liquidity"];
            /**
             * Format: int32
             * @description Its place, by time.
             */
            number: number;
            /**
             * Format: int64
             * @description Number of its order.
             */
            order_number: number;
            /** @description At how much. */
            price: components["schemas"]["Amount"];
            /** @description Why the order existed. */
            purpose: components["schemas"]["Purpose"];
            /** @description Quantity filled, in base. */
            quantity: components["schemas"]["Amount"];
            /** @description Price times quantity, in quote. */
            quote: components["schemas"]["Amount"];
            /** @description `buy` or `sell`. */
            side: components["schemas"]["Side"];
        };
        /** @description What is held. */
        Balances: {
            /** @description By connection, then asset. */
            data: components["schemas"]["HeldAsset"][];
        };
        /** @description Data of `balance.updated`. */
        BalanceUpdated: {
            /** @description All that its account holds. */
            balances: components["schemas"]["AssetBalance"][];
            /**
             * Format: uuid
             * @description The connection whose account it is.
             */
            connection_id: string;
        };
        /** @description Data of `billing.checkout_completed`. */
        BillingCheckoutCompleted: {
            /** @description Id of the checkout at Stripe. */
            id: string | null;
        };
        /** @description Data of `billing.invoice_paid`. */
        BillingInvoicePaid: {
            amount?: components["schemas"]["Amount"] | null;
            /**
             * @description Three small letters.
             * @example eur
             */
            currency?: string;
            /** @description Id of the invoice at Stripe. */
            id?: string | null;
            /** @description The number that Stripe prints on it. */
            number?: string | null;
        };
        /** @description Data of `billing.payment_failed`. */
        BillingPaymentFailed: {
            amount?: components["schemas"]["Amount"] | null;
            /**
             * @description Three small letters.
             * @example eur
             */
            currency?: string;
            /** @description Id of the invoice at Stripe. */
            id?: string | null;
            /** @description The number that Stripe prints on it. */
            number?: string | null;
        };
        /** @description Data of `billing.plan_downgraded`. */
        BillingPlanDowngraded: {
            /** @description How many bots were told to pause. */
            paused_bots: number;
            /** @description The plan that is in force. */
            plan: string;
            /** @description Why it is in force. */
            reason: components["schemas"]["DowngradeReason"];
        };
        /** @description Data of `billing.subscription_changed`. */
        BillingSubscriptionChanged: {
            /** @description Whether it ends then. */
            cancel_at_period_end: boolean;
            /**
             * Format: date-time
             * @description Until when it is paid for.
             */
            current_period_end: string | null;
            /**
             * Format: date-time
             * @description Until when an unpaid subscription gives its plan nevertheless.
             */
            grace_until: string | null;
            /** @description The plan that is in force. */
            plan: string;
            /** @description Where the subscription stands. */
            status: components["schemas"]["SubscriptionStatus"];
        };
        /** @description A bot, as its user sees it. */
        Bot: {
            /** @description What it does. */
            config: components["schemas"]["BotConfig"];
            /**
             * Format: uuid
             * @description Through which connection it trades.
             */
            connection_id: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Id of the bot.
             */
            id: string;
            /** @description The user's name for it. */
            name: string;
            /** @description Where it stands. */
            status: components["schemas"]["BotStatus"];
            /** @description Why, when there is more to say. */
            status_reason: string | null;
            /** @description What it trades. */
            symbol: components["schemas"]["Symbol"];
            /** @description `dca_interval`, `dca` or `grid`; the same as in its configuration. */
            type: components["schemas"]["BotKind"];
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /**
             * Format: int32
             * @description Raised by each edit.
             */
            version: number;
        };
        /** @description What a bot does, by type. */
        BotConfig: components["schemas"]["BotConfigDcaInterval"] | components["schemas"]["BotConfigDca"] | components["schemas"]["BotConfigGrid"] | components["schemas"]["BotConfigStrategy"] | components["schemas"]["BotConfigSignal"];
        /** @description Configuration of a bot that opens deals and averages down with safety orders. */
        BotConfigDca: {
            /** @description Size of the first order of a deal. */
            base_order: components["schemas"]["Volume"];
            /**
             * Format: int32
             * @description Seconds between the end of a deal and the next, 0–2,592,000.
             */
            cooldown_s?: number;
            /**
             * Format: int32
             * @description Seconds between the condition of a deal and its first order, 0–2,592,000.
             */
            deal_start_delay_s?: number;
            /**
             * Format: int32
             * @description Stops the bot after so many deals.
             */
            disable_after_deals_count?: number | null;
            /**
             * Format: int32
             * @description Deals open at once, 1–199.
             * @default 1
             */
            max_active_deals: number;
            max_price?: components["schemas"]["Amount"] | null;
            /** @description What to do when an order is below the market's smallest. */
            min_notional_policy?: components["schemas"]["MinNotionalPolicy"];
            min_price?: components["schemas"]["Amount"] | null;
            min_volume_24h?: components["schemas"]["Amount"] | null;
            /** @description Percent of every profit added to the capital of later deals, 0–100: to each its share, one of `max_active_deals`. */
            reinvesting_percentage?: components["schemas"]["Amount"];
            /** @description Percent of every loss taken off the capital of later deals, 0–100: off each its share, one of `max_active_deals`. */
            risk_reduction_percentage?: components["schemas"]["Amount"];
            safety_orders?: components["schemas"]["SafetyOrders"] | null;
            /** @description What opens a deal. */
            start_condition?: components["schemas"]["StartCondition"];
            /** @description How the first order is priced. */
            start_order_type?: components["schemas"]["EntryType"];
            stop_loss?: components["schemas"]["StopLoss"] | null;
            /** @description When to sell with a profit. */
            take_profit: components["schemas"]["TakeProfit"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "dca";
        };
        /** @description Configuration of a bot that buys on a schedule. */
        BotConfigDcaInterval: {
            /** @description Quote to spend each time, fee not counted. */
            amount: components["schemas"]["Amount"];
            /** @description What to do about purchases that were missed while nothing ran. */
            catch_up?: components["schemas"]["CatchUp"];
            /**
             * Format: int64
             * @description Last instant at which to buy, in milliseconds since 1970.
             */
            end_at?: number | null;
            /** @description When to buy. */
            frequency: components["schemas"]["Frequency"];
            max_price?: components["schemas"]["Amount"] | null;
            max_total?: components["schemas"]["Amount"] | null;
            /** @description What to do when the sum is below the market's smallest. */
            min_notional_policy?: components["schemas"]["MinNotionalPolicy"];
            min_price?: components["schemas"]["Amount"] | null;
            /**
             * Format: int64
             * @description First instant at which to buy, in milliseconds since 1970.
             */
            start_at?: number | null;
            /**
             * @description IANA time zone of the schedule.
             * @default UTC
             * @example Europe/Berlin
             */
            timezone: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "dca_interval";
        };
        /** @description Configuration of a grid. */
        BotConfigGrid: {
            /** @description Base already held that the grid may sell, valued at the start price. */
            base_supplied?: components["schemas"]["Amount"];
            /** @description What to do at the start about a buy line above the market. */
            crossed_line?: components["schemas"]["CrossedLine"];
            /**
             * Format: int32
             * @description Intervals between the lines, 2–200.
             */
            grid_count: number;
            /** @description Price of the lowest line, in quote. */
            lower: components["schemas"]["Amount"];
            /**
             * Format: int32
             * @description Orders in the book at once, those nearest to the price; all when absent.
             */
            max_active_orders?: number | null;
            /** @description What becomes of the base when the grid ends. */
            on_stop?: components["schemas"]["StopBase"];
            /** @description Refuses orders that would take from the book. */
            post_only?: boolean;
            /** @description How much each line trades. */
            quantity: components["schemas"]["GridQuantity"];
            /** @description How the lines are spaced. */
            spacing: components["schemas"]["Spacing"];
            stop_loss_price?: components["schemas"]["Amount"] | null;
            take_profit_price?: components["schemas"]["Amount"] | null;
            /**
             * @description Moves the grid down by a line whenever the price is a step below the lowest: the highest sell goes to the bottom,
             *     and sells below what its base cost.
             */
            trailing_down?: boolean;
            trailing_down_limit?: components["schemas"]["Amount"] | null;
            /** @description Moves the grid up by a line whenever the price is a step above the highest: the lowest buy goes to the top. */
            trailing_up?: boolean;
            trailing_up_limit?: components["schemas"]["Amount"] | null;
            trigger_price?: components["schemas"]["Amount"] | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "grid";
            /** @description Highest line, at most ten times the lowest. */
            upper: components["schemas"]["Amount"];
        };
        /** @description Configuration of a bot that opens and closes deals by signals from outside. */
        BotConfigSignal: {
            /**
             * Format: int32
             * @description Seconds after the end of a deal that bought something in which none is opened, 0–2,592,000.
             */
            cooldown_s?: number;
            exit_percentage?: components["schemas"]["Amount"] | null;
            /** @description What `enter_long` does while a deal is open. */
            in_position?: components["schemas"]["SignalInPosition"];
            limit_offset_percentage?: components["schemas"]["Amount"] | null;
            /**
             * Format: int32
             * @description Deals open at once, 1–199: more than one only where `in_position` is `add`.
             * @default 1
             */
            max_active_deals: number;
            /**
             * Format: int32
             * @description Seconds after its first fill at which a deal is sold at market, 60–31,536,000.
             */
            max_hold_s?: number | null;
            /**
             * Format: int32
             * @description Seconds after it was sent for which a signal counts, when it arrives and when the bot is told, 1–3600.
             * @default 60
             */
            max_lag_s: number;
            min_confidence?: components["schemas"]["Amount"] | null;
            /** @description What to do when an order is below the market's smallest. */
            min_notional_policy?: components["schemas"]["MinNotionalPolicy"];
            /** @description How the order of a deal is priced. */
            order_type?: components["schemas"]["EntryType"];
            /** @description How much a deal buys where its signal names no amount. */
            size: components["schemas"]["Volume"];
            stop_loss?: components["schemas"]["StopLoss"] | null;
            take_profit?: components["schemas"]["TakeProfit"] | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "signal";
            /**
             * Format: int32
             * @description Seconds after which what is not filled of a limit order is cancelled, 10–86,400; it rests until the deal ends where it is
             *     absent.
             */
            unfilled_timeout_s?: number | null;
        };
        /** @description Configuration of a bot that opens and closes deals by rules over indicators. */
        BotConfigStrategy: {
            /**
             * Format: int32
             * @description Candles of `interval` after the end of a deal at whose close none is opened, 0–1000.
             */
            cooldown_candles?: number;
            /** @description When a deal is opened. */
            entry: components["schemas"]["StrategyRule"];
            exit?: components["schemas"]["StrategyRule"] | null;
            /**
             * @description Length of the candles at whose close the rules are tested: `1m`, `3m`, `5m`, `15m`, `30m`, `1h`, `4h` or `1d`. Not
             *     shorter than those of the market's feed.
             * @example 1h
             */
            interval: string;
            limit_offset_percentage?: components["schemas"]["Amount"] | null;
            /**
             * Format: int32
             * @description Deals open at once, 1–199.
             * @default 1
             */
            max_active_deals: number;
            /**
             * Format: int32
             * @description Seconds after its first fill at which a deal is sold at market, 60–31,536,000.
             */
            max_hold_s?: number | null;
            min_confidence?: components["schemas"]["Amount"] | null;
            /** @description What to do when an order is below the market's smallest. */
            min_notional_policy?: components["schemas"]["MinNotionalPolicy"];
            /** @description How its order is priced. */
            order_type?: components["schemas"]["EntryType"];
            /** @description How much a deal buys. */
            size: components["schemas"]["StrategySize"];
            stop_loss?: components["schemas"]["StopLoss"] | null;
            take_profit?: components["schemas"]["TakeProfit"] | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "strategy";
            /**
             * Format: int32
             * @description Seconds after which what is not filled of a limit order is cancelled, 10–86,400; it rests until the deal ends where it is
             *     absent.
             */
            unfilled_timeout_s?: number | null;
        };
        /** @description Data of `bot.created`. */
        BotCreated: {
            /**
             * Format: uuid
             * @description The connection that it trades through.
             */
            connection_id: string;
            /**
             * Format: uuid
             * @description Id of the bot.
             */
            id: string;
            /** @description What its user calls it. */
            name: string;
            /** @description Where it stands. */
            status: components["schemas"]["BotStatus"];
            /** @description What it trades. */
            symbol: components["schemas"]["Symbol"];
            /** @description The type of its configuration. */
            type: components["schemas"]["BotKind"];
            /**
             * Format: int32
             * @description Raised by each edit.
             */
            version: number;
        };
        /** @description Why a bot did or did not act. Every fill is told, and a refusal to act when its reason changes. */
        BotDecision: {
            /**
             * Format: date-time
             * @description When, on the clock of the data.
             */
            at: string | null;
            /** @description Why the bot did it, for programs. */
            code: components["schemas"]["ReasonCode"];
            /** @description The numbers that decided. Empty where there are none, and in decisions of releases that did not keep them. */
            data: components["schemas"]["Facts"];
            /**
             * Format: int32
             * @description The deal it is about.
             */
            deal: number | null;
            detail: components["schemas"]["RejectCode"] | null;
            /**
             * Format: int64
             * @description Its place in the log.
             */
            id: number;
            price: components["schemas"]["Amount"] | null;
            /**
             * @description The decision in words, with its numbers.
             * @example sold 0.4995 at 98: line 4, +0.902 USDT
             */
            sentence: string;
            /**
             * Format: date-time
             * @description When it is tried again, ends or was due: the end of a cooldown or a timeout, the next try, the time of a purchase.
             */
            until: string | null;
        };
        /** @description Data of `bot.deleted`. */
        BotDeleted: {
            /**
             * Format: uuid
             * @description Id of the bot.
             */
            id: string;
        };
        /**
         * @description The type of a bot.
         * @enum {string}
         */
        BotKind: "dca_interval" | "dca" | "grid" | "strategy" | "signal";
        /** @description A configuration to begin with. */
        BotPreset: {
            /** @description The configuration, to be changed as wanted: a bot can be made of it. */
            config: components["schemas"]["BotConfig"];
            /** @description What it does, in a sentence. */
            description: string;
            /**
             * @description Its name for programs.
             * @example ema_cross
             */
            name: string;
            /**
             * @description Its name for people.
             * @example EMA cross
             */
            title: string;
        };
        /** @description What a bot would do if it were started now and the price stood still. */
        BotPreview: {
            break_even: components["schemas"]["Amount"] | null;
            /** @description What forbids to start it. Beside anything but a lack of funds there are no levels and no figures. */
            errors: components["schemas"]["FieldError"][];
            /** @description Amounts that the account has free. */
            free: components["schemas"]["Funds"];
            /** @description Orders that the start places, then those that follow as the price falls. */
            levels: components["schemas"]["PreviewLevel"][];
            loss_at_stop: components["schemas"]["Amount"] | null;
            /** @description Amounts that it needs in all, fees included. */
            needed: components["schemas"]["Funds"];
            round_profit: components["schemas"]["Amount"] | null;
            /** @description The next ten scheduled purchases, in RFC 3339. */
            times: string[];
            /** @description What is allowed but doubtful. */
            warnings: components["schemas"]["FieldError"][];
        };
        /** @description The saved state of a bot. */
        BotState: {
            /** @description What it will go on from; null before it was ever started. Its form belongs to the engine. */
            state: Record<string, never> | null;
        };
        /**
         * @description Where a bot stands.
         * @enum {string}
         */
        BotStatus: "draft" | "starting" | "running" | "paused" | "waiting_funds" | "stopping" | "stopped" | "error";
        /** @description Data of `bot.status_changed`. */
        BotStatusChanged: {
            /**
             * Format: uuid
             * @description Id of the bot.
             */
            id: string;
            /** @description Where it stands. */
            status: components["schemas"]["BotStatus"];
            /** @description Why, when there is more to say. */
            status_reason: string | null;
        };
        /** @description Data of `bot.updated`. */
        BotUpdated: {
            /**
             * Format: uuid
             * @description Id of the bot.
             */
            id: string;
            /** @description What its user calls it. */
            name: string;
            /**
             * Format: int32
             * @description Raised by each edit.
             */
            version: number;
        };
        /**
         * @description Whether requests are sent to an exchange.
         * @enum {string}
         */
        BreakerState: "closed" | "open";
        /** @description A notice for every socket. */
        Broadcast: {
            /** @description How it is meant; `info` unless said otherwise. */
            level?: components["schemas"]["Level"];
            /** @description What it says. */
            message: string;
        };
        /** @description Candles, oldest first. */
        CandleList: {
            /** @description Each of them. */
            data: components["schemas"]["CandleRow"][];
        };
        /** @description Prices of an interval. */
        CandleRow: {
            /** @description Last price, in quote. */
            close: components["schemas"]["Amount"];
            /**
             * Format: date-time
             * @description When the candle ends.
             */
            close_time: string;
            /** @description Highest price, in quote. */
            high: components["schemas"]["Amount"];
            /** @description Lowest price, in quote. */
            low: components["schemas"]["Amount"];
            /** @description First price, in quote. */
            open: components["schemas"]["Amount"];
            /**
             * Format: date-time
             * @description When the candle begins.
             */
            open_time: string;
            /** @description Quantity traded, in base. */
            volume: components["schemas"]["Amount"];
        };
        /** @description Where candles come from. Every source is finite. */
        CandleSource: components["schemas"]["CandleSourceFile"] | components["schemas"]["CandleSourceSynthetic"];
        /** @description A CSV file in the directory that the operator gave for them, plain, gzipped or alone in a zip archive. */
        CandleSourceFile: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "file";
            /**
             * @description Its name there, without any directory.
             * @example BTCUSDT-1m.csv
             */
            name: string;
        };
        /** @description A made-up walk around its start price, the same for the same seed everywhere. */
        CandleSourceSynthetic: {
            /**
             * Format: int32
             * @description How many candles.
             */
            candles: number;
            /** @description Length of the candles. */
            interval?: components["schemas"]["Interval"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "synthetic";
            /**
             * Format: int64
             * @description Names the walk.
             */
            seed: number;
            /**
             * Format: int64
             * @description Open time of the first candle in milliseconds since 1970; the beginning of 2024 unless said otherwise.
             */
            start_at?: number;
            /** @description Where it starts; 100 unless said otherwise. */
            start_price?: components["schemas"]["Amount"];
        };
        /**
         * @description What to do about purchases that were missed while nothing ran.
         * @enum {string}
         */
        CatchUp: "none" | "one" | "all";
        /** @description The address that the account is to have. */
        ChangeEmailRequest: {
            /**
             * Format: email
             * @description The new one.
             */
            email: string;
            /**
             * Format: password
             * @description The account's password.
             */
            password: string;
        };
        /** @description The password before and after. */
        ChangePasswordRequest: {
            /**
             * Format: password
             * @description The present one.
             */
            current_password: string;
            /**
             * Format: password
             * @description 12 to 128 characters, not one that is guessed soon, and not the present one.
             */
            password: string;
        };
        /** @description A copy of a bot. */
        CloneBot: {
            /**
             * Format: uuid
             * @description Through which connection the copy trades; the same as the bot's unless said otherwise.
             */
            connection_id?: string;
            /** @description The name of the copy. */
            name: string;
            /** @description Market that the copy trades at an exchange; the same as the bot's unless said otherwise. */
            symbol?: string;
        };
        /**
         * @description Why a deal ended.
         * @enum {string}
         */
        CloseReason: "take_profit" | "stop_loss" | "closed" | "cancelled" | "failed" | "upper_exit" | "lower_exit" | "bot_failed";
        /** @description One figure of each backtest. */
        ComparedFigure: {
            /** @description Name of the figure. */
            figure: components["schemas"]["Figure"];
            /** @description Its values, in the order of the backtests; null where it has no meaning or there is no result. */
            values: (components["schemas"]["Amount"] | null)[];
        };
        /** @description Backtests side by side. */
        Comparison: {
            /** @description The backtests, in the order asked for, without their results. */
            backtests: components["schemas"]["Backtest"][];
            /** @description The figures of these backtests, side by side. */
            figures: components["schemas"]["ComparedFigure"][];
        };
        /** @description A field of a configuration that is wrong, or worth a second look. */
        ConfigFinding: {
            /** @description What is wrong. */
            code: components["schemas"]["ConfigFindingCode"];
            /** @description The same in words, with the range in the user's terms. */
            message: string;
            /**
             * @description JSON pointer to the field.
             * @example /take_profit/percentage
             */
            pointer: string;
            /** @description Whether it forbids the configuration. */
            severity: components["schemas"]["Severity"];
        };
        /**
         * @description What is wrong with a field.
         * @enum {string}
         */
        ConfigFindingCode: "out_of_range" | "inconsistent" | "required" | "below_min_notional" | "exit_not_viable" | "ladder_below_zero" | "step_below_fees" | "step_near_fees" | "sells_below_minimum" | "rest_below_minimum" | "price_beyond_exit" | "price_outside_grid" | "lines_too_close" | "insufficient_balance" | "too_many_orders" | "stop_above_ladder" | "invalid_schedule" | "invalid_timezone" | "prices_off_tick" | "candles_missing" | "candles_cut_short";
        /** @description The first code. */
        ConfirmTotp: {
            /** @description Six digits of the authenticator. */
            code: string;
        };
        /** @description A connection, without its credentials. */
        Connection: {
            /**
             * Format: int64
             * @description How many bots trade through it.
             */
            bots: number;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            feed: components["schemas"]["Feed"] | null;
            /**
             * Format: uuid
             * @description Id of the connection.
             */
            id: string;
            /** @description The end of the venue's key, which is all that is ever shown of it. */
            key_hint: string | null;
            /** @description The user's name for it. */
            label: string;
            /**
             * Format: date-time
             * @description When its user agreed that bots trade real money through it.
             */
            live_confirmed_at: string | null;
            /** @description The settings of a paper account. */
            paper: Record<string, never> | null;
            /** @description Whether it is the venue's playground. */
            testnet: boolean;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /** @description Where its orders go. */
            venue: components["schemas"]["Venue"];
            /**
             * Format: int32
             * @description Raised by each edit.
             */
            version: number;
        };
        /** @description Data of `connection.created`. */
        ConnectionCreated: {
            /**
             * Format: uuid
             * @description Id of the connection.
             */
            id: string;
            /** @description What its user calls it. */
            label: string;
            /** @description Whether it is at the venue's test network. */
            testnet: boolean;
            /** @description Where it trades. */
            venue: components["schemas"]["Venue"];
        };
        /** @description Data of `connection.deleted`. */
        ConnectionDeleted: {
            /**
             * Format: uuid
             * @description Id of the connection.
             */
            id: string;
        };
        /** @description Whether a connection works. */
        ConnectionTest: {
            /**
             * @description Addresses from which requests reach the exchange: those to which its user may bind the key there. Empty where the
             *     operator has set none.
             */
            addresses: string[];
            /** @description Why it does not. */
            message: string | null;
            /** @description Whether the connection works. */
            ok: boolean;
            permissions: components["schemas"]["KeyPermissions"] | null;
            /** @description How its user mends that. */
            remedy: string | null;
        };
        /** @description Data of `connection.updated`: what changed of the connection with its version after that, or of its feed. */
        ConnectionUpdated: {
            /** @description What changed of its feed. */
            feed?: components["schemas"]["FeedChange"];
            /**
             * Format: uuid
             * @description Id of the connection.
             */
            id: string;
            /** @description The last characters of its key. */
            key_hint?: string | null;
            /** @description What its user calls it. */
            label?: string;
            /**
             * Format: date-time
             * @description When its user confirmed that bots may trade real money through it.
             */
            live_confirmed_at?: string | null;
            /**
             * Format: int32
             * @description The connection's version.
             */
            version?: number;
        };
        /** @description A new bot. */
        CreateBot: {
            /** @description What it does. */
            config: components["schemas"]["BotConfig"];
            /**
             * Format: uuid
             * @description Through which connection it trades.
             */
            connection_id: string;
            /** @description The user's name for it. */
            name: string;
            /** @description Market that it trades, as `BTC-USDT`: needed at an exchange. A paper account has one of its own. */
            symbol?: string;
        };
        /** @description What is to be bought. */
        CreateCheckout: {
            /** @description A plan on offer that can be bought. */
            plan: string;
        };
        /** @description A new connection: a paper account with `paper`, or an exchange with its keys. */
        CreateConnection: {
            /** @description The key that the exchange shows. Only its last four characters are ever answered. */
            key?: string;
            /** @description The user's name for it. */
            label: string;
            paper?: components["schemas"]["PaperSpec"] | null;
            /**
             * Format: password
             * @description Its passphrase; OKX only. Never answered.
             */
            passphrase?: string;
            /**
             * Format: password
             * @description Its secret. Never answered.
             */
            secret?: string;
            /** @description Whether the keys are those of the exchange's playground: Binance's testnet, OKX's demo trading. */
            testnet?: boolean;
            /** @description Where its orders go. */
            venue: components["schemas"]["Venue"];
        };
        /** @description The token that was made. */
        CreatedToken: {
            /** @description What can be seen of it later. */
            details: components["schemas"]["TokenRow"];
            /** @description For `Authorization: Bearer`. It is not shown again; null in a replay. */
            token: string | null;
        };
        /** @description A new token. */
        CreateToken: {
            /** @description Addresses and networks (CIDR) from which it is taken; from everywhere where empty. */
            allowlist?: components["schemas"]["Network"][];
            /**
             * Format: int32
             * @description Days until it ends.
             * @default 90
             */
            expires_in_days: number;
            /** @description What it is called. No control characters, no space at either end. */
            name: string;
            /** @description What it is good for. */
            scopes: components["schemas"]["TokenScope"][];
        };
        /**
         * @description What to do about a buy line above the market, whose limit would fill at once.
         * @enum {string}
         */
        CrossedLine: "wait" | "buy_at_market";
        /** @description What a user has subscribed to, and what that allows. */
        CurrentSubscription: {
            /** @description It ends then. */
            cancel_at_period_end: boolean;
            /**
             * Format: date-time
             * @description Until when it is paid for.
             */
            current_period_end: string | null;
            /** @description What the plan allows. */
            entitlements: components["schemas"]["Entitlements"];
            /**
             * Format: date-time
             * @description A payment failed: until when the plan holds nevertheless.
             */
            grace_until: string | null;
            /** @description The plan that holds now; `free` without a subscription that is paid for. */
            plan: string;
            /** @description Where the subscription stands. */
            status: components["schemas"]["SubscriptionStatus"];
            /** @description What there is of it. */
            usage: components["schemas"]["Usage"];
        };
        /** @description One safety order by itself. */
        CustomStep: {
            /** @description Percent below the first order, above 0 and below 100. */
            deviation: components["schemas"]["Amount"];
            /** @description Quote to spend, fee not counted. */
            size: components["schemas"]["Amount"];
        };
        /** @description A deal of a bot. */
        Deal: {
            /**
             * Format: uuid
             * @description The bot that opened it.
             */
            bot_id: string;
            close_reason: components["schemas"]["CloseReason"] | null;
            /**
             * Format: date-time
             * @description When it ended.
             */
            closed_at: string | null;
            /**
             * Format: uuid
             * @description Id of the deal.
             */
            id: string;
            invested: components["schemas"]["Amount"] | null;
            /**
             * Format: int64
             * @description Its number within the bot.
             */
            number: number;
            /**
             * Format: date-time
             * @description When it began, on the clock of the data.
             */
            opened_at: string | null;
            realised: components["schemas"]["Amount"] | null;
            /** @description What it trades. */
            symbol: components["schemas"]["Symbol"];
        };
        /** @description Data of `deal.closed`. */
        DealClosed: {
            /**
             * Format: uuid
             * @description The bot that opened it.
             */
            bot_id: string;
            /** @description Why it ended. */
            close_reason: components["schemas"]["CloseReason"];
            /**
             * Format: date-time
             * @description When it ended, on the clock of the data.
             */
            closed_at: string;
            /** @description Quote spent on it. */
            invested: components["schemas"]["Amount"];
            /**
             * Format: int32
             * @description Its number within the bot.
             */
            number: number;
            /** @description Quote earned, fees off. */
            realised: components["schemas"]["Amount"];
        };
        /** @description Data of `deal.opened`. */
        DealOpened: {
            /**
             * Format: uuid
             * @description The bot that opened it.
             */
            bot_id: string;
            /**
             * Format: uuid
             * @description Id of the deal.
             */
            id: string;
            /**
             * Format: int32
             * @description Its number within the bot.
             */
            number: number;
            /**
             * Format: date-time
             * @description When it began, on the clock of the data.
             */
            opened_at: string;
        };
        /**
         * @description Whether a deal has ended.
         * @enum {string}
         */
        DealStatus: "open" | "closed";
        /** @description The word that it is meant. */
        DeleteMeRequest: {
            /**
             * Format: password
             * @description The account's password.
             */
            password: string;
        };
        /**
         * @description From what the deviation of a safety order is measured.
         * @enum {string}
         */
        DeviationReference: "base" | "previous";
        /**
         * @description Why a plan became smaller.
         * @enum {string}
         */
        DowngradeReason: "payment_failed" | "plan_changed";
        /** @description The deepest falls from a peak, on equity marked to market. */
        Drawdown: {
            /** @description Largest `peak - equity`, in quote. */
            amount: components["schemas"]["Amount"];
            ratio: components["schemas"]["Amount"] | null;
        };
        /** @description Earnings by bot and day. */
        Earnings: {
            /** @description Newest day first, at most 1,000 rows. */
            data: components["schemas"]["PnlRow"][];
        };
        /**
         * @description One of the things that a plan allows.
         * @enum {string}
         */
        Entitlement: "max_bots" | "max_active_deals" | "max_connections" | "live_trading" | "backtests_per_day" | "backtest_candles";
        /** @description What a plan allows; a limit that is null is none. */
        Entitlements: {
            /**
             * Format: int32
             * @description Candles of one backtest.
             */
            backtest_candles: number | null;
            /**
             * Format: int32
             * @description Backtests begun within 24 hours.
             */
            backtests_per_day: number | null;
            /** @description Bots may work with real money. */
            live_trading: boolean;
            /**
             * Format: int32
             * @description Deals that the working bots may have open together, by their configurations.
             */
            max_active_deals: number | null;
            /**
             * Format: int32
             * @description Bots there may be, and bots that may work at once.
             */
            max_bots: number | null;
            /**
             * Format: int32
             * @description Exchange connections and paper accounts.
             */
            max_connections: number | null;
        };
        /**
         * @description How the first order is priced.
         * @enum {string}
         */
        EntryType: "market" | "limit";
        /** @description Equity of a connection at an hour. */
        EquityRow: {
            /** @description Value of everything held through the connection. */
            amount: components["schemas"]["Amount"];
            /** @description The asset that the equity is counted in. */
            asset: string;
            /**
             * Format: date-time
             * @description When, on the clock of the data.
             */
            at: string | null;
            /**
             * Format: uuid
             * @description Id of the connection.
             */
            connection_id: string;
        };
        /** @description Equity at a time. */
        EquitySample: {
            /**
             * Format: date-time
             * @description When, on the clock of the data.
             */
            at: string;
            /** @description Quote + Σ base × mark. */
            equity: components["schemas"]["Amount"];
        };
        /**
         * @description What went wrong, for programs. A code never changes its meaning.
         * @enum {string}
         */
        ErrorCode: "bad_request" | "invalid_signature" | "malformed_json" | "unauthenticated" | "token_expired" | "invalid_credentials" | "invalid_token" | "wrong_password" | "invalid_signal_secret" | "invalid_refresh_token" | "refresh_token_reused" | "entitlement_exceeded" | "origin_refused" | "invalid_code" | "totp_replayed" | "invalid_challenge" | "step_up_required" | "second_factor_required" | "session_required" | "insufficient_scope" | "insufficient_role" | "admin_factor_required" | "email_unverified" | "registration_closed" | "account_suspended" | "billing_disabled" | "not_found" | "method_not_allowed" | "request_timeout" | "email_taken" | "subscription_active" | "version_conflict" | "name_taken" | "connection_in_use" | "unsupported_venue" | "key_not_accepted" | "other_account" | "account_connected" | "live_not_confirmed" | "no_credentials" | "not_a_live_connection" | "already_subscribed" | "checkout_superseded" | "not_subscribed" | "bot_status_conflict" | "bot_type_conflict" | "own_account" | "last_superadmin" | "user_status_conflict" | "deal_closed" | "feed_ended" | "not_yet_available" | "insufficient_unowned_base" | "totp_enabled" | "totp_not_enabled" | "too_many_api_tokens" | "backtest_ended" | "too_many_backtests" | "refresh_in_progress" | "idempotency_in_flight" | "body_too_large" | "unsupported_media_type" | "invalid" | "idempotency_key_reused" | "signal_too_late" | "signal_too_early" | "shorts_not_supported" | "rate_limited" | "login_locked" | "headers_too_large" | "maintenance" | "internal" | "overloaded" | "realtime_unavailable" | "database_unavailable" | "billing_unavailable" | "venue_unavailable" | "timeout";
        /** @description An event of the log: `type` says what `data` holds. */
        Event: components["schemas"]["EventUserRegistered"] | components["schemas"]["EventUserUpdated"] | components["schemas"]["EventSessionCreated"] | components["schemas"]["EventSessionRevoked"] | components["schemas"]["EventSecondFactorEnabled"] | components["schemas"]["EventSecondFactorDisabled"] | components["schemas"]["EventApiTokenCreated"] | components["schemas"]["EventApiTokenRevoked"] | components["schemas"]["EventConnectionCreated"] | components["schemas"]["EventConnectionUpdated"] | components["schemas"]["EventConnectionDeleted"] | components["schemas"]["EventBotCreated"] | components["schemas"]["EventBotUpdated"] | components["schemas"]["EventBotDeleted"] | components["schemas"]["EventBotStatusChanged"] | components["schemas"]["EventDealOpened"] | components["schemas"]["EventDealClosed"] | components["schemas"]["EventOrderCreated"] | components["schemas"]["EventOrderFilled"] | components["schemas"]["EventOrderCancelled"] | components["schemas"]["EventOrderRejected"] | components["schemas"]["EventBalanceUpdated"] | components["schemas"]["EventBacktestCreated"] | components["schemas"]["EventBacktestFinished"] | components["schemas"]["EventBacktestDeleted"] | components["schemas"]["EventBillingCheckoutCompleted"] | components["schemas"]["EventBillingSubscriptionChanged"] | components["schemas"]["EventBillingInvoicePaid"] | components["schemas"]["EventBillingPaymentFailed"] | components["schemas"]["EventBillingPlanDowngraded"];
        /** api_token.created */
        EventApiTokenCreated: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["ApiTokenCreated"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "api_token.created";
        };
        /** api_token.revoked */
        EventApiTokenRevoked: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["ApiTokenRevoked"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "api_token.revoked";
        };
        /** backtest.created */
        EventBacktestCreated: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BacktestCreated"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "backtest.created";
        };
        /** backtest.deleted */
        EventBacktestDeleted: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BacktestDeleted"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "backtest.deleted";
        };
        /** backtest.finished */
        EventBacktestFinished: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BacktestFinished"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "backtest.finished";
        };
        /** balance.updated */
        EventBalanceUpdated: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BalanceUpdated"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "balance.updated";
        };
        /** billing.checkout_completed */
        EventBillingCheckoutCompleted: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BillingCheckoutCompleted"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "billing.checkout_completed";
        };
        /** billing.invoice_paid */
        EventBillingInvoicePaid: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BillingInvoicePaid"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "billing.invoice_paid";
        };
        /** billing.payment_failed */
        EventBillingPaymentFailed: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BillingPaymentFailed"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "billing.payment_failed";
        };
        /** billing.plan_downgraded */
        EventBillingPlanDowngraded: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BillingPlanDowngraded"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "billing.plan_downgraded";
        };
        /** billing.subscription_changed */
        EventBillingSubscriptionChanged: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BillingSubscriptionChanged"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "billing.subscription_changed";
        };
        /** bot.created */
        EventBotCreated: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BotCreated"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "bot.created";
        };
        /** bot.deleted */
        EventBotDeleted: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BotDeleted"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "bot.deleted";
        };
        /** bot.status_changed */
        EventBotStatusChanged: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BotStatusChanged"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "bot.status_changed";
        };
        /** bot.updated */
        EventBotUpdated: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["BotUpdated"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "bot.updated";
        };
        /** connection.created */
        EventConnectionCreated: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["ConnectionCreated"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "connection.created";
        };
        /** connection.deleted */
        EventConnectionDeleted: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["ConnectionDeleted"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "connection.deleted";
        };
        /** connection.updated */
        EventConnectionUpdated: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["ConnectionUpdated"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "connection.updated";
        };
        /** deal.closed */
        EventDealClosed: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["DealClosed"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "deal.closed";
        };
        /** deal.opened */
        EventDealOpened: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["DealOpened"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "deal.opened";
        };
        /** order.cancelled */
        EventOrderCancelled: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["OrderCancelled"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "order.cancelled";
        };
        /** order.created */
        EventOrderCreated: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["OrderCreated"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "order.created";
        };
        /** order.filled */
        EventOrderFilled: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["OrderFilled"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "order.filled";
        };
        /** order.rejected */
        EventOrderRejected: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["OrderRejected"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "order.rejected";
        };
        /** @description A page of the log. */
        EventPage: {
            /** @description The events, oldest first, without gaps. */
            data: components["schemas"]["Event"][];
            /** @description Names this history; another one than before means that all positions are void. */
            epoch: string;
            /**
             * Format: int64
             * @description The newest `seq` of this user.
             */
            last_seq: number;
            /** @description Where the next page begins; null at the end. */
            next_cursor: string | null;
            resync: components["schemas"]["Resync"] | null;
        };
        /** second_factor.disabled */
        EventSecondFactorDisabled: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["SecondFactorDisabled"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "second_factor.disabled";
        };
        /** second_factor.enabled */
        EventSecondFactorEnabled: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["SecondFactorEnabled"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "second_factor.enabled";
        };
        /** session.created */
        EventSessionCreated: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["SessionCreated"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "session.created";
        };
        /** session.revoked */
        EventSessionRevoked: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["SessionRevoked"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "session.revoked";
        };
        /** user.registered */
        EventUserRegistered: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["UserRegistered"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "user.registered";
        };
        /** user.updated */
        EventUserUpdated: {
            /**
             * Format: date-time
             * @description When it was written to the log.
             */
            at: string;
            data: components["schemas"]["UserUpdated"];
            /**
             * Format: int64
             * @description Its place in the user's stream: from 1, without gaps.
             */
            seq: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "user.updated";
        };
        /** @description How an exchange is doing, as one copy of the api sees it. */
        ExchangeState: {
            /**
             * Format: date-time
             * @description Until when the exchange takes no requests from this server; null where it does.
             */
            blocked_until: string | null;
            /** @description Whether requests are sent there. */
            breaker: components["schemas"]["BreakerState"];
            /** @description How much of the exchange's limits is used, by all users together. */
            request_weight: components["schemas"]["WeightUse"][];
            /** @description Whether it is the venue's playground. */
            testnet: boolean;
        };
        /**
         * @description A table of what was traded.
         * @enum {string}
         */
        ExportKind: "fills" | "tax" | "koinly" | "coin_tracking";
        /** @description The numbers behind a decision. Each reason has its own; those that do not apply are absent. */
        Facts: {
            /**
             * @description The conditions of a rule that decided, and the values that they found.
             * @default []
             */
            conditions: components["schemas"]["Observation"][];
            /** @default null */
            free: components["schemas"]["Amount"] | null;
            /**
             * Format: int32
             * @description Which order of its purpose, as `level` of the order: safety orders and purchases from 1, take-profit steps and grid
             *     lines from 0. Absent where there is one only.
             * @default null
             */
            level: number | null;
            /** @default null */
            limit: components["schemas"]["Limit"] | null;
            /** @default null */
            limit_value: components["schemas"]["Amount"] | null;
            /** @default null */
            needed: components["schemas"]["Amount"] | null;
            /** @default null */
            purpose: components["schemas"]["Purpose"] | null;
            /** @default null */
            quantity: components["schemas"]["Amount"] | null;
            /** @default null */
            quote: components["schemas"]["Amount"] | null;
            /** @default null */
            realised: components["schemas"]["Amount"] | null;
            /** @default null */
            side: components["schemas"]["Side"] | null;
            /**
             * @description The signal that it is about: its id.
             * @default null
             */
            signal: string | null;
            /** @default null */
            status: components["schemas"]["BotStatus"] | null;
            /** @default null */
            value: components["schemas"]["Amount"] | null;
        };
        /** @description What this installation offers. */
        Features: {
            /** @description Plans are sold, and limit what an account may do. */
            billing: boolean;
            /** @description Browsers report their errors. */
            error_reports: boolean;
            /** @description Anybody may make an account; false where the operator or an admin has closed registration. */
            registration: boolean;
        };
        /**
         * @description In what fees are paid.
         * @enum {string}
         */
        FeeCharge: "received" | "quote";
        /** @description Where a feed stands. */
        Feed: {
            /**
             * Format: date-time
             * @description Time of the last one.
             */
            data_time: string | null;
            /** @description Why it cannot go on. */
            error: string | null;
            /** @description Missing candles that were passed. */
            gaps: components["schemas"]["Gap"][];
            /**
             * Format: int64
             * @description Prices played: four to a candle.
             */
            position: number;
            price: components["schemas"]["Amount"] | null;
            /** @description Whether it plays. */
            status: components["schemas"]["FeedStatus"];
        };
        /**
         * @description What a feed is told.
         * @enum {string}
         */
        FeedAction: "start" | "pause";
        /** @description What changed of a feed. */
        FeedChange: {
            /** @description Why it cannot go on. */
            error?: string | null;
            /** @description Where it stands. */
            status: components["schemas"]["FeedStatus"];
        };
        /** @description What a feed is told. */
        FeedRequest: {
            /** @description `start` plays it from where it stands, `pause` stops it there. */
            action: components["schemas"]["FeedAction"];
        };
        /**
         * @description Where a feed stands.
         * @enum {string}
         */
        FeedStatus: "paused" | "running" | "finished" | "error";
        /** @description Fee rates of an account. */
        Fees: {
            /** @description In what it is paid. */
            charge: components["schemas"]["FeeCharge"];
            /** @description Share of a trade that rested in the book: 0.001 is 0.1 %. */
            maker: components["schemas"]["Amount"];
            /** @description Share of a trade that took from the book. */
            taker: components["schemas"]["Amount"];
        };
        /**
         * @description What is wrong with one field, for programs.
         * @enum {string}
         */
        FieldCode: "required" | "unknown_field" | "type" | "out_of_range" | "too_long" | "too_short" | "format" | "one_of" | "duplicate" | "conflict" | "weak_password" | "below_min_notional" | "exit_not_viable" | "ladder_below_zero" | "step_below_fees" | "step_near_fees" | "sells_below_minimum" | "rest_below_minimum" | "price_beyond_exit" | "price_outside_grid" | "lines_too_close" | "insufficient_balance" | "too_many_orders" | "stop_above_ladder" | "invalid_schedule" | "invalid_timezone" | "prices_off_tick" | "candles_missing" | "candles_cut_short" | "unusable_candles" | "not_found" | "key_not_accepted" | "key_can_withdraw" | "key_cannot_trade" | "unknown_market" | "market_not_trading" | "invalid";
        /** @description One wrong field of a request. */
        FieldError: {
            /** @description What is wrong with it, for programs. */
            code: components["schemas"]["FieldCode"];
            /** @description What is wrong with it, for people. */
            message: string;
            /**
             * @description JSON pointer into the body, or `/query/<name>`, `/headers/<name>`.
             * @example /email
             */
            pointer: string;
        };
        /**
         * @description A figure by which backtests are compared.
         * @enum {string}
         */
        Figure: "profit" | "total_return" | "realised" | "unrealised" | "fees" | "volume" | "max_drawdown" | "max_drawdown_ratio" | "sharpe" | "sortino" | "cagr" | "calmar" | "trades" | "win_rate" | "profit_factor" | "expectancy" | "expectancy_ratio" | "time_in_market";
        /** @description Everything a report says about a run. A figure that has no meaning for the run is null, never infinite. */
        Figures: {
            cagr: components["schemas"]["Amount"] | null;
            calmar: components["schemas"]["Amount"] | null;
            /** @description Deepest falls of the sum of closed trades, as freqtrade counts them: what is held is not seen. */
            closed_drawdown?: components["schemas"]["Drawdown"];
            /** @description Deepest falls from a peak, marked to market. */
            drawdown: components["schemas"]["Drawdown"];
            /** @description Equity at the end, in quote. */
            end_equity: components["schemas"]["Amount"];
            expectancy: components["schemas"]["Amount"] | null;
            expectancy_ratio: components["schemas"]["Amount"] | null;
            freqtrade_sharpe: components["schemas"]["Amount"] | null;
            /** @description End less start, in quote. */
            profit: components["schemas"]["Amount"];
            profit_factor: components["schemas"]["Amount"] | null;
            sharpe: components["schemas"]["Amount"] | null;
            sortino: components["schemas"]["Amount"] | null;
            /** @description Equity at the start, in quote. */
            start_equity: components["schemas"]["Amount"];
            total_return: components["schemas"]["Amount"] | null;
            /** @description How many trades were closed, and how they ended. */
            trades: components["schemas"]["TradeStats"];
            win_rate: components["schemas"]["Amount"] | null;
        };
        /** @description A fill of a bot. */
        Fill: {
            /**
             * Format: uuid
             * @description The bot that it belongs to.
             */
            bot_id: string;
            /** @description Fee charged, in the fee asset. */
            fee: components["schemas"]["Amount"];
            /** @description In what it was charged. */
            fee_asset: string;
            /**
             * Format: date-time
             * @description When, on the clock of the data.
             */
            filled_at: string | null;
            /**
             * Format: uuid
             * @description Id of the fill.
             */
            id: string;
            /** @description `maker` or `taker`. */
            liquidity: components["schemas"]["Liquidity"];
            /**
             * Format: uuid
             * @description Of which order.
             */
            order_id: string;
            /** @description At how much. */
            price: components["schemas"]["Amount"];
            /** @description Quantity filled, in base. */
            quantity: components["schemas"]["Amount"];
            /** @description Price times quantity, in quote. */
            quote: components["schemas"]["Amount"];
            /** @description `buy` or `sell`. */
            side: components["schemas"]["Side"];
            /** @description What was traded. */
            symbol: components["schemas"]["Symbol"];
        };
        /** @description Whose password was forgotten. */
        ForgotPasswordRequest: {
            /**
             * Format: email
             * @description The address of the account.
             */
            email: string;
        };
        /** @description When to buy, in the schedule's time zone. */
        Frequency: components["schemas"]["FrequencyHourly"] | components["schemas"]["FrequencyDaily"] | components["schemas"]["FrequencyWeekly"] | components["schemas"]["FrequencyMonthly"] | components["schemas"]["FrequencyCron"];
        /** @description By a cron pattern of five fields: minute, hour, day, month, weekday. */
        FrequencyCron: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            every: "cron";
            /**
             * @description The cron pattern.
             * @example 0 9 * * MON
             */
            pattern: string;
        };
        /** @description Buys every day. */
        FrequencyDaily: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            every: "daily";
            /**
             * Format: int32
             * @description Hour of the day, 0–23.
             */
            hour: number;
            /**
             * Format: int32
             * @description Minute of the hour, 0–59.
             */
            minute?: number;
        };
        /** @description Buys every hour. */
        FrequencyHourly: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            every: "hourly";
            /**
             * Format: int32
             * @description Minute of the hour, 0–59.
             */
            minute?: number;
        };
        /** @description Buys every month. */
        FrequencyMonthly: {
            /**
             * Format: int32
             * @description Day of the month, 1–31; the last day in months that have fewer.
             */
            day: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            every: "monthly";
            /**
             * Format: int32
             * @description Hour of the day, 0–23.
             */
            hour: number;
            /**
             * Format: int32
             * @description Minute of the hour, 0–59.
             */
            minute?: number;
        };
        /** @description Buys every week. */
        FrequencyWeekly: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            every: "weekly";
            /**
             * Format: int32
             * @description Hour of the day, 0–23.
             */
            hour: number;
            /**
             * Format: int32
             * @description Minute of the hour, 0–59.
             */
            minute?: number;
            /** @description Day of the week. */
            weekday: components["schemas"]["Weekday"];
        };
        /** @description Amounts of both assets of a market. */
        Funds: {
            base: components["schemas"]["Amount"] | null;
            quote: components["schemas"]["Amount"] | null;
        };
        /** @description Missing intervals between two candles. */
        Gap: {
            /**
             * Format: int64
             * @description Open time of the first missing candle.
             */
            from: number;
            /**
             * Format: int64
             * @description How many are missing.
             */
            missing: number;
            /**
             * Format: int64
             * @description Open time of the candle after the gap.
             */
            to: number;
        };
        /** @description How much each line trades. */
        GridQuantity: components["schemas"]["GridQuantityFixedBase"] | components["schemas"]["GridQuantityFixedQuote"] | components["schemas"]["GridQuantityInvestment"];
        /** @description The same base at every line. */
        GridQuantityFixedBase: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            mode: "fixed_base";
            /** @description Base of one order. */
            quantity: components["schemas"]["Amount"];
        };
        /** @description The same quote at every buy line. */
        GridQuantityFixedQuote: {
            /** @description Quote of one buy, fee not counted. */
            amount: components["schemas"]["Amount"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            mode: "fixed_quote";
        };
        /** @description The same base at every line, so much that the whole grid costs this. */
        GridQuantityInvestment: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            mode: "investment";
            /** @description Quote for the whole grid, fees included. */
            quote: components["schemas"]["Amount"];
        };
        /** @description What a grid earned, in quote: `total = grid_profit + closing_profit + unrealised`, to the last digit. */
        GridReport: {
            /** @description By selling the rest when a grid ended. */
            closing_profit: components["schemas"]["Amount"];
            /** @description By its lines: what each sell brought less what its base cost, fees off. */
            grid_profit: components["schemas"]["Amount"];
            /** @description All of it: the change of what the bot's funds are worth. */
            total: components["schemas"]["Amount"];
            /** @description On the base that it holds, at the last price, without an exit fee. */
            unrealised: components["schemas"]["Amount"];
        };
        /** @description The state of the service and of its parts. */
        HealthAnswer: {
            /** @description The parts by name. */
            checks: {
                [key: string]: components["schemas"]["HealthCheck"];
            };
            /** @description The worst of the parts. */
            status: components["schemas"]["HealthStatus"];
        };
        /** @description The state of one part of the service. */
        HealthCheck: {
            /** @description What is wrong, in general words. */
            detail?: string | null;
            /**
             * Format: int64
             * @description How long it took to answer, in milliseconds.
             */
            latency_ms?: number | null;
            /** @description How it affects the service. */
            status: components["schemas"]["HealthStatus"];
        };
        /**
         * @description How a part, or the whole, is.
         * @enum {string}
         */
        HealthStatus: "ok" | "degraded" | "unavailable";
        /** @description What an account holds of an asset. */
        HeldAsset: {
            /** @description Free to use. */
            free: components["schemas"]["Amount"];
            /** @description Set aside for open orders. */
            reserved: components["schemas"]["Amount"];
        } & {
            /** @description The asset that is held. */
            asset: string;
            /**
             * Format: uuid
             * @description The connection that holds it.
             */
            connection_id: string;
        };
        /** @description A page of Stripe's. */
        HostedPage: {
            /** @description Where to send the browser. Good for a few minutes, and for this user only. */
            url: string;
        };
        /**
         * @description Length of a candle.
         * @enum {string}
         */
        Interval: "1m" | "3m" | "5m" | "15m" | "30m" | "1h" | "4h" | "1d";
        /** @description An invoice of the user. */
        Invoice: {
            /** @description What is asked for. */
            amount_due: components["schemas"]["Amount"];
            /** @description What was paid of it. */
            amount_paid: components["schemas"]["Amount"];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string | null;
            /** @description Of what: three small letters, such as `eur`. */
            currency: string;
            /** @description Where it can be read and paid. */
            hosted_url: string | null;
            /** @description Which, at Stripe. */
            id: string;
            /** @description What people call it; null for a draft. */
            number: string | null;
            /** @description It as a document. */
            pdf_url: string | null;
            /** @description `draft`, `open`, `paid`, `uncollectible` or `void`. */
            status: string | null;
        };
        /** @description Why there is no result. */
        JobError: {
            /** @description What went wrong, for programs. */
            code: components["schemas"]["JobErrorCode"];
            /** @description What went wrong, for people. */
            message: string;
        };
        /**
         * @description Why there is no result, for programs.
         * @enum {string}
         */
        JobErrorCode: "invalid" | "unusable_candles" | "calculation" | "interrupted" | "out_of_memory";
        /**
         * @description What a job computes.
         * @enum {string}
         */
        JobKind: "backtest" | "search";
        /** @description What was asked for. */
        JobRequest: components["schemas"]["BacktestSpec"] | components["schemas"]["SearchSpec"];
        /** @description What it came to. */
        JobResult: components["schemas"]["BacktestResult"] | components["schemas"]["SearchResult"];
        /**
         * @description Where a job stands.
         * @enum {string}
         */
        JobStatus: "queued" | "running" | "finished" | "failed" | "canceled";
        /** @description What keys may do; null for what the exchange does not tell, as Binance's testnet does not. */
        KeyPermissions: {
            /** @description Whether they work from listed addresses only. Which these are, no exchange tells. */
            bound_to_addresses: boolean | null;
            /** @description Read what the account holds. */
            read: boolean | null;
            /** @description Trade on the spot market. */
            trade_spot: boolean | null;
            /** @description Withdraw from the account, which no bot needs. */
            withdraw: boolean | null;
        };
        /** @description What the ledger of a bot says. */
        LedgerSum: {
            /** @description The asset that was moved. */
            asset: string;
            /** @description Fees, below zero where they were paid. */
            fees: components["schemas"]["Amount"];
            /** @description What trades brought and took, without fees. */
            traded: components["schemas"]["Amount"];
        };
        /**
         * @description How a notice is meant.
         * @enum {string}
         */
        Level: "info" | "warning";
        /**
         * @description A limit that a decision went by: a field of the configuration, a rule of the market, or a price that the bot computes.
         * @enum {string}
         */
        Limit: "min_price" | "max_price" | "min_volume_24h" | "max_total" | "max_active_deals" | "disable_after_deals_count" | "min_entry" | "stop_loss" | "take_profit" | "trailing_stop" | "break_even" | "trigger_price" | "stop_loss_price" | "take_profit_price" | "next_line" | "market_price" | "stale_after_ms" | "tick_size" | "lot_size" | "min_quantity" | "max_quantity" | "min_notional" | "max_notional" | "max_orders" | "price_band_low" | "price_band_high" | "min_confidence" | "warm_up" | "max_lag_ms";
        /**
         * @description Whether a fill waited in the book.
         * @enum {string}
         */
        Liquidity: "maker" | "taker";
        /** @description An entry of the security log. */
        LogEntry: {
            /** @description Where the caller was. */
            address: string | null;
            /** @description What the caller was. */
            agent: string | null;
            /**
             * Format: date-time
             * @description When it happened.
             */
            at: string;
            /** @description More about it; of what admins do, `actor` and `target`. */
            detail: Record<string, never>;
            /**
             * Format: uuid
             * @description Id of the entry.
             */
            id: string;
            /** @description What happened, for programs. */
            kind: string;
            /**
             * Format: uuid
             * @description Whose account; none for unknown ones, and after an account was deleted.
             */
            user_id: string | null;
        };
        /** @description Credentials of an account. */
        LoginRequest: {
            /**
             * Format: email
             * @description The address of the account.
             */
            email: string;
            /**
             * Format: password
             * @description Password of the account.
             */
            password: string;
            /** @description Where the tokens go; into cookies unless said otherwise. */
            tokens?: components["schemas"]["TokenDelivery"];
        };
        /** @description The challenge of a login, and a code. */
        LoginTotpRequest: {
            /** @description As the login answered it. */
            challenge: string;
            /** @description Six digits of the authenticator, or a recovery code. */
            code: string;
            /** @description Where the tokens go; into cookies unless said otherwise. */
            tokens?: components["schemas"]["TokenDelivery"];
        };
        /** @description Whether only admins are served. */
        Maintenance: {
            /** @description Whether maintenance mode is on. */
            enabled: boolean;
            /** @description What everybody else is told. */
            message: string | null;
            /**
             * Format: int32
             * @description When everybody else should come back, in seconds.
             */
            retry_after_s?: number;
        };
        /** @description A market and what its venue accepts. A zero tick, step or minimum and an absent maximum mean "no rule". */
        Market: {
            /** @description Quantities are multiples of it. */
            lot_size: components["schemas"]["Amount"];
            market_lot: components["schemas"]["MarketLot"] | null;
            max_notional: components["schemas"]["Amount"] | null;
            /** @description The maximum notional binds market orders too. */
            max_notional_for_market: boolean;
            /**
             * Format: int32
             * @description Open orders allowed at once.
             */
            max_orders: number | null;
            max_quantity: components["schemas"]["Amount"] | null;
            /** @description Smallest price × quantity. */
            min_notional: components["schemas"]["Amount"];
            /** @description The minimum notional binds market orders too. */
            min_notional_for_market: boolean;
            /** @description Smallest quantity of an order, in base. */
            min_quantity: components["schemas"]["Amount"];
            percent_price: components["schemas"]["PercentPrice"] | null;
            /** @description What is traded against what. */
            symbol: components["schemas"]["Symbol"];
            /** @description Prices are multiples of it. */
            tick_size: components["schemas"]["Amount"];
            /** @description Where the market is. */
            venue: components["schemas"]["Venue"];
        };
        /** @description Quantity rules of market orders, on top of the general ones. */
        MarketLot: {
            /** @description Quantities are multiples of it; zero disables the rule. */
            lot_size: components["schemas"]["Amount"];
            max_quantity?: components["schemas"]["Amount"] | null;
            /** @description Smallest quantity of a market order, in base. */
            min_quantity: components["schemas"]["Amount"];
        };
        /** @description What was played back of one market. */
        MarketReport: {
            /**
             * Format: int64
             * @description How many candles were played.
             */
            candles: number;
            /**
             * Format: int64
             * @description Candles missing between others.
             */
            missing: number;
            /**
             * Format: int64
             * @description Candles whose points came in another order than by nearness, where something happened during the candle.
             */
            reordered: number;
        };
        /** @description Rules of a simulated market. The defaults are those of a large pair against a dollar. */
        MarketRules: {
            /**
             * @description Quantities are multiples of it.
             * @default 0.00001
             */
            lot_size: components["schemas"]["Amount"];
            /** @default null */
            market_lot: components["schemas"]["MarketLot"] | null;
            /** @default null */
            max_notional: components["schemas"]["Amount"] | null;
            /**
             * Format: int32
             * @description Orders of a bot that may be open at once; no limit when absent.
             * @default null
             */
            max_orders: number | null;
            /** @default null */
            max_quantity: components["schemas"]["Amount"] | null;
            /**
             * @description Smallest price × quantity of an order.
             * @default 5
             */
            min_notional: components["schemas"]["Amount"];
            /**
             * @description Smallest quantity of an order.
             * @default 0.00001
             */
            min_quantity: components["schemas"]["Amount"];
            /**
             * @description Prices are multiples of it.
             * @default 0.01
             */
            tick_size: components["schemas"]["Amount"];
        };
        /** @description What to do with an order that rounding left below the venue's smallest notional. */
        MinNotionalPolicy: components["schemas"]["MinNotionalPolicyReject"] | components["schemas"]["MinNotionalPolicyRoundUp"];
        /** @description Do not place it: `below_min_notional`. */
        MinNotionalPolicyReject: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            policy: "reject";
        };
        /** @description Round the quantity up to the next lot that suffices, if that spends at most so much more than asked. */
        MinNotionalPolicyRoundUp: {
            /** @description Percent above the amount asked, 0–100. */
            max_overshoot_percent: components["schemas"]["Amount"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            policy: "round_up";
        };
        /**
         * @description An address or a network.
         * @example 198.51.100.0/24
         */
        Network: string;
        /** @description What the user wants to hear of, by type of event; of what is not named there, nothing. */
        NotificationPreferences: {
            "api_token.created"?: components["schemas"]["NotifyBy"];
            "api_token.revoked"?: components["schemas"]["NotifyBy"];
            "backtest.created"?: components["schemas"]["NotifyBy"];
            "backtest.deleted"?: components["schemas"]["NotifyBy"];
            "backtest.finished"?: components["schemas"]["NotifyBy"];
            "balance.updated"?: components["schemas"]["NotifyBy"];
            "billing.checkout_completed"?: components["schemas"]["NotifyBy"];
            "billing.invoice_paid"?: components["schemas"]["NotifyBy"];
            "billing.payment_failed"?: components["schemas"]["NotifyBy"];
            "billing.plan_downgraded"?: components["schemas"]["NotifyBy"];
            "billing.subscription_changed"?: components["schemas"]["NotifyBy"];
            "bot.created"?: components["schemas"]["NotifyBy"];
            "bot.deleted"?: components["schemas"]["NotifyBy"];
            "bot.status_changed"?: components["schemas"]["NotifyBy"];
            "bot.updated"?: components["schemas"]["NotifyBy"];
            "connection.created"?: components["schemas"]["NotifyBy"];
            "connection.deleted"?: components["schemas"]["NotifyBy"];
            "connection.updated"?: components["schemas"]["NotifyBy"];
            "deal.closed"?: components["schemas"]["NotifyBy"];
            "deal.opened"?: components["schemas"]["NotifyBy"];
            "order.cancelled"?: components["schemas"]["NotifyBy"];
            "order.created"?: components["schemas"]["NotifyBy"];
            "order.filled"?: components["schemas"]["NotifyBy"];
            "order.rejected"?: components["schemas"]["NotifyBy"];
            "second_factor.disabled"?: components["schemas"]["NotifyBy"];
            "second_factor.enabled"?: components["schemas"]["NotifyBy"];
            "session.created"?: components["schemas"]["NotifyBy"];
            "session.revoked"?: components["schemas"]["NotifyBy"];
            "user.registered"?: components["schemas"]["NotifyBy"];
            "user.updated"?: components["schemas"]["NotifyBy"];
        };
        /** @description Through what the user wants to hear of something. */
        NotifyBy: {
            /**
             * @description Whether by e-mail.
             * @default false
             */
            email: boolean;
            /**
             * @description By a message on Telegram.
             * @default false
             */
            telegram: boolean;
            /**
             * @description By a call of the user's webhook.
             * @default false
             */
            webhook: boolean;
        };
        /** @description A condition of a rule as it was found: its sides, and what they were. */
        Observation: {
            /** @description Whether the condition held. */
            holds: boolean;
            /**
             * @description The left side: `ema(12)`, `close`, `rsi(14) of 1h`.
             * @example ema(12)
             */
            left: string;
            left_before?: components["schemas"]["Amount"] | null;
            left_value?: components["schemas"]["Amount"] | null;
            /** @description How the sides are compared. */
            operator: components["schemas"]["Operator"];
            /**
             * @description The right side; a number as it is.
             * @example ema(26)
             */
            right: string;
            right_before?: components["schemas"]["Amount"] | null;
            right_value?: components["schemas"]["Amount"] | null;
        };
        /** @description A plan on offer. */
        OfferedPlan: {
            /** @description Whether a checkout for it can begin. */
            can_be_bought: boolean;
            /** @description What it is for. */
            description: string;
            /** @description What it allows. */
            entitlements: components["schemas"]["Entitlements"];
            /** @description Id of the plan. */
            id: string;
            /** @description What people call it. */
            name: string;
            price: components["schemas"]["Price"] | null;
        };
        /** @description The open sockets of an account. */
        OpenSockets: {
            /** @description Whether every gateway answered; one that is being started or stopped may not. */
            complete: boolean;
            /** @description The open sockets, oldest first. */
            data: components["schemas"]["SocketRow"][];
        };
        /**
         * @description How the two sides of a condition are compared.
         * @enum {string}
         */
        Operator: "above" | "below" | "at_or_above" | "at_or_below" | "crosses_above" | "crosses_below";
        /** @description An order of a bot. */
        Order: {
            /**
             * Format: uuid
             * @description The bot that placed it.
             */
            bot_id: string;
            /** @description Its id at the venue, given by us. */
            client_order_id: string;
            /**
             * Format: int64
             * @description Number of its deal.
             */
            deal: number;
            /**
             * Format: date-time
             * @description When it ended.
             */
            ended_at: string | null;
            /** @description Quantity filled so far, in base. */
            filled_quantity: components["schemas"]["Amount"];
            /** @description Value filled so far, in quote. */
            filled_quote: components["schemas"]["Amount"];
            /**
             * Format: uuid
             * @description Id of the order.
             */
            id: string;
            /**
             * Format: int64
             * @description Which of its purpose.
             */
            level: number;
            /**
             * Format: int64
             * @description Its number within the bot.
             */
            number: number;
            /**
             * Format: date-time
             * @description When it was placed, on the clock of the data.
             */
            placed_at: string | null;
            price: components["schemas"]["Amount"] | null;
            /** @description Why it exists. */
            purpose: components["schemas"]["Purpose"];
            quantity: components["schemas"]["Amount"] | null;
            quote_quantity: components["schemas"]["Amount"] | null;
            reject_code: components["schemas"]["RejectCode"] | null;
            /** @description `buy` or `sell`. */
            side: components["schemas"]["Side"];
            /** @description Where it stands. */
            status: components["schemas"]["OrderStatus"];
            /** @description What it trades. */
            symbol: components["schemas"]["Symbol"];
            /** @description `market` or `limit`. */
            type: components["schemas"]["OrderKind"];
        };
        /** @description Data of `order.cancelled`. */
        OrderCancelled: {
            /**
             * Format: uuid
             * @description The bot that placed it.
             */
            bot_id: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            ended_at: string;
            /**
             * Format: uuid
             * @description Id of the order.
             */
            id: string;
            /**
             * Format: int64
             * @description Its number within the bot.
             */
            number: number;
            reject_code: components["schemas"]["RejectCode"] | null;
            /** @description Where it stands. */
            status: components["schemas"]["OrderStatus"];
        };
        /** @description Data of `order.created`. */
        OrderCreated: {
            /**
             * Format: int32
             * @description Counts the orders of the same deal, purpose and level from 1.
             */
            attempt: number;
            /**
             * Format: uuid
             * @description The bot that placed it.
             */
            bot_id: string;
            /** @description Its id at the venue, given by us. */
            client_order_id: string;
            /**
             * Format: int32
             * @description Number of its deal.
             */
            deal: number;
            /**
             * Format: uuid
             * @description Id of the order.
             */
            id: string;
            /**
             * Format: int32
             * @description Which of its purpose.
             */
            level: number;
            /**
             * Format: int64
             * @description Its number within the bot.
             */
            number: number;
            /** @description How it is priced. */
            order_type: components["schemas"]["OrderType"];
            /**
             * Format: date-time
             * @description When it was placed.
             */
            placed_at: string;
            /** @description Why it exists. */
            purpose: components["schemas"]["Purpose"];
            quantity: components["schemas"]["Amount"] | null;
            quote_quantity: components["schemas"]["Amount"] | null;
            /** @description Whether it buys or sells. */
            side: components["schemas"]["Side"];
            /** @description What it trades. */
            symbol: components["schemas"]["Symbol"];
        };
        /** @description Data of `order.filled`: one fill. */
        OrderFilled: {
            /**
             * Format: uuid
             * @description The bot that placed it.
             */
            bot_id: string;
            /** @description Fee charged, in the fee asset. */
            fee: components["schemas"]["Amount"];
            /** @description In what it was charged. */
            fee_asset: components["schemas"]["Asset"];
            /**
             * Format: uuid
             * @description Id of the fill.
             */
            fill_id: string;
            /**
             * Format: date-time
             * @description When it was filled.
             */
            filled_at: string;
            /**
             * Format: uuid
             * @description Id of the order.
             */
            id: string;
            /** @description Whether the order has nothing left to fill. */
            is_last: boolean;
            /** @description Whether it waited in the book. */
            liquidity: components["schemas"]["Liquidity"];
            /**
             * Format: int64
             * @description Number of the order within the bot.
             */
            number: number;
            /** @description Price, in quote. */
            price: components["schemas"]["Amount"];
            /** @description Quantity filled, in base. */
            quantity: components["schemas"]["Amount"];
            /** @description Price times quantity, in quote. */
            quote: components["schemas"]["Amount"];
            /** @description Whether it bought or sold. */
            side: components["schemas"]["Side"];
            /** @description What was traded. */
            symbol: components["schemas"]["Symbol"];
        };
        /**
         * @description Whether an order has a limit price.
         * @enum {string}
         */
        OrderKind: "market" | "limit";
        /** @description Data of `order.rejected`. */
        OrderRejected: {
            /**
             * Format: uuid
             * @description The bot that placed it.
             */
            bot_id: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            ended_at: string;
            /**
             * Format: uuid
             * @description Id of the order.
             */
            id: string;
            /**
             * Format: int64
             * @description Its number within the bot.
             */
            number: number;
            /** @description Why it was refused. */
            reject_code: components["schemas"]["RejectCode"];
            /** @description Where it stands. */
            status: components["schemas"]["OrderStatus"];
        };
        /**
         * @description Where an order stands.
         * @enum {string}
         */
        OrderStatus: "sending" | "open" | "partially_filled" | "filled" | "canceling" | "canceled" | "expired" | "rejected" | "unknown" | "absent";
        /** @description How an order is priced. */
        OrderType: components["schemas"]["OrderTypeMarket"] | components["schemas"]["OrderTypeLimit"];
        /** @description At `price` or better. */
        OrderTypeLimit: {
            /** @description The worst price accepted, in quote. */
            price: components["schemas"]["Amount"];
            /** @description How long it may wait. */
            time_in_force: components["schemas"]["TimeInForce"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "limit";
        };
        /** @description At whatever the market gives. */
        OrderTypeMarket: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "market";
        };
        /** @description A page of a list. */
        Page_Account: {
            /** @description The rows of the page. */
            data: components["schemas"]["Account"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_Backtest: {
            /** @description The rows of the page. */
            data: components["schemas"]["Backtest"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_BacktestTrade: {
            /** @description The rows of the page. */
            data: components["schemas"]["BacktestTrade"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_Bot: {
            /** @description The rows of the page. */
            data: components["schemas"]["Bot"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_BotDecision: {
            /** @description The rows of the page. */
            data: components["schemas"]["BotDecision"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_Connection: {
            /** @description The rows of the page. */
            data: components["schemas"]["Connection"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_Deal: {
            /** @description The rows of the page. */
            data: components["schemas"]["Deal"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_EquityRow: {
            /** @description The rows of the page. */
            data: components["schemas"]["EquityRow"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_Fill: {
            /** @description The rows of the page. */
            data: components["schemas"]["Fill"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_Invoice: {
            /** @description The rows of the page. */
            data: components["schemas"]["Invoice"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_LogEntry: {
            /** @description The rows of the page. */
            data: components["schemas"]["LogEntry"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_OfferedPlan: {
            /** @description The rows of the page. */
            data: components["schemas"]["OfferedPlan"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_Order: {
            /** @description The rows of the page. */
            data: components["schemas"]["Order"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_Plan: {
            /** @description The rows of the page. */
            data: components["schemas"]["Plan"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_SecurityLogRow: {
            /** @description The rows of the page. */
            data: components["schemas"]["SecurityLogRow"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_SessionRow: {
            /** @description The rows of the page. */
            data: components["schemas"]["SessionRow"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_Signal: {
            /** @description The rows of the page. */
            data: components["schemas"]["Signal"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        Page_TokenRow: {
            /** @description The rows of the page. */
            data: components["schemas"]["TokenRow"][];
            /** @description Where the next page begins; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A simulated account with a market of its own, played from candles on its own clock. */
        PaperSpec: {
            /**
             * @description Amounts by asset.
             * @example {
             *       "USDT": "10000"
             *     }
             */
            balances: {
                [key: string]: string;
            };
            /** @description Where its prices come from. */
            feed: components["schemas"]["CandleSource"];
            /** @description What trades cost; 0.1 % unless said otherwise. */
            fees?: components["schemas"]["Fees"];
            /** @description The rules of the market. */
            market?: components["schemas"]["MarketRules"];
            /** @description How fast they come. */
            speed?: components["schemas"]["Speed"];
            /** @description What is traded. */
            symbol: components["schemas"]["Symbol"];
        };
        /** @description Band around the reference price, as factors, by side. */
        PercentPrice: {
            /** @description Sells at least at reference × this. */
            ask_down: components["schemas"]["Amount"];
            /** @description Sells at most at reference × this. */
            ask_up: components["schemas"]["Amount"];
            /** @description Buys at least at reference × this. */
            bid_down: components["schemas"]["Amount"];
            /** @description Buys at most at reference × this. */
            bid_up: components["schemas"]["Amount"];
        };
        /** @description What a bot has earned, in its quote. */
        Performance: {
            /** @description Closed trades by day, newest first. */
            days: components["schemas"]["PnlRow"][];
            /** @description Fees, as value in quote. */
            fees: components["schemas"]["Amount"];
            grid: components["schemas"]["GridReport"] | null;
            /** @description What its fills add up to, by asset. */
            ledger: components["schemas"]["LedgerSum"][];
            /** @description Base held and its cost. */
            position: components["schemas"]["Position"];
            /** @description Booked, fees off. */
            realised: components["schemas"]["Amount"];
            unrealised: components["schemas"]["Amount"] | null;
        };
        /** @description A plan that can be subscribed to. */
        Plan: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description What it is for. */
            description: string;
            /** @description What it allows. */
            entitlements: components["schemas"]["Entitlements"];
            /** @description Id of the plan. */
            id: string;
            /** @description Whether it can be subscribed to; who has it keeps it. */
            is_offered: boolean;
            /** @description What people call it. */
            name: string;
            /**
             * Format: int32
             * @description Where it stands among the others, smallest first.
             */
            position: number;
            price: components["schemas"]["Price"] | null;
            /** @description Its price at Stripe; none: it cannot be bought. */
            stripe_price_id: string | null;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /**
             * Format: int32
             * @description Raised by each edit.
             */
            version: number;
        };
        /** @description Figures of one moment. What nobody has is left out of the maps. */
        PlatformFigures: {
            /** @description Bots by status. */
            bots: {
                [key: string]: number;
            };
            /** @description Connections by venue. */
            connections: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Orders placed since midnight UTC.
             */
            orders_today: number;
            /**
             * Format: int64
             * @description Logins that have not ended.
             */
            sessions: number;
            /** @description Accounts by status. */
            users: {
                [key: string]: number;
            };
        };
        /** @description What a bot earned, by day of its data. */
        PnlRow: {
            /**
             * Format: uuid
             * @description The bot that traded.
             */
            bot_id: string;
            /**
             * @description The day, in UTC.
             * @example 2024-01-31
             */
            day: string;
            /** @description Quote earned by them, fees off. */
            realised: components["schemas"]["Amount"];
            /** @description What it trades: sums are in its quote. */
            symbol: string;
            /**
             * Format: int64
             * @description Deals that ended, rounds of a grid, sales of a schedule.
             */
            trades: number;
            /**
             * Format: int64
             * @description Those with a profit.
             */
            wins: number;
        };
        /**
         * @description In which order a backtest visits the extremes of a candle.
         * @enum {string}
         */
        PointOrder: "nearest" | "worse_for_position";
        /**
         * @description Base held and what it cost, fees included. The average is never stored: it is `cost / quantity`.
         *
         *     A negative quantity is base that is owed: it was sold before its purchase was reported, or charged as a fee on top of a
         *     sale. Its cost is what it was sold for, negative.
         */
        Position: {
            /** @description Quote paid for it, fees included. */
            cost: components["schemas"]["Amount"];
            /** @description Base held, net of fees taken in base; negative where base is owed. */
            quantity: components["schemas"]["Amount"];
        };
        /** @description The user's own settings. */
        Preferences: {
            /** @description Language and region, as BCP 47 names them. */
            locale: string;
            /** @description What the user wants to hear of. */
            notifications: components["schemas"]["NotificationPreferences"];
            /** @description In what sums are shown. */
            quote_currency: string;
            /** @description A zone of the IANA database. */
            timezone: string;
            /**
             * Format: int32
             * @description The account's version: raised by each change, sent back with the next one.
             */
            version: number;
        };
        /** @description The user's own settings, as they are kept. What was never set has its default. */
        PreferencesDocument: {
            /**
             * @description Language and region, as BCP 47 names them.
             * @default en
             */
            locale: string;
            /**
             * @description What the user wants to hear of.
             * @default {}
             */
            notifications: components["schemas"]["NotificationPreferences"];
            /**
             * @description In what sums are shown.
             * @default USDT
             */
            quote_currency: string;
            /**
             * @description A zone of the IANA database.
             * @default UTC
             */
            timezone: string;
        };
        /** @description Configurations to begin with. */
        Presets: {
            /** @description All of them, in an order to show them in. */
            data: components["schemas"]["BotPreset"][];
        };
        /** @description A bot that is to be previewed. */
        PreviewBot: {
            /** @description Configuration to be previewed. */
            config: components["schemas"]["BotConfig"];
            /**
             * Format: uuid
             * @description Connection that it would trade through.
             */
            connection_id: string;
            /** @description Market that it would trade, as `BTC-USDT`: needed at an exchange. A paper account has one of its own. */
            symbol?: string;
        };
        /** @description An order that waits to sell what a deal holds. */
        PreviewExit: {
            /** @description Limit price at which it sells. */
            price: components["schemas"]["Amount"];
            /** @description Quantity that it sells, in base. */
            quantity: components["schemas"]["Amount"];
        };
        /** @description One order of a preview. */
        PreviewLevel: {
            average: components["schemas"]["Amount"] | null;
            /** @description Orders that would then wait to sell it. */
            exits: components["schemas"]["PreviewExit"][];
            /** @description Fee of its fill. */
            fee: components["schemas"]["Amount"];
            /** @description Asset of the fee. */
            fee_asset: components["schemas"]["Asset"];
            /** @description Whether it is placed at the start; the others follow as those before them fill. */
            is_placed_at_start: boolean;
            /**
             * Format: int32
             * @description Safety order, grid line or purchase; 0 where there is one only.
             */
            level: number;
            /** @description How its price is set. */
            order_type: components["schemas"]["OrderType"];
            /** @description Limit, or the price now for a market order. */
            price: components["schemas"]["Amount"];
            /** @description Why the order exists. */
            purpose: components["schemas"]["Purpose"];
            /** @description Quantity in base. */
            quantity: components["schemas"]["Amount"];
            /** @description Value in quote, price × quantity. */
            quote: components["schemas"]["Amount"];
            /** @description Whether it buys or sells. */
            side: components["schemas"]["Side"];
        };
        /** @description What a plan costs. */
        Price: {
            /** @description The amount, in the currency. */
            amount: components["schemas"]["Amount"];
            /** @description Of what: three small letters, such as `eur`. */
            currency: string;
            /** @description `day`, `week`, `month` or `year`. */
            interval: string;
            /**
             * Format: int32
             * @description Every how many intervals.
             */
            interval_count: number;
        };
        /** @description What every error answers. */
        Problem: {
            /** @description The kind of problem, for programs. */
            code: components["schemas"]["ErrorCode"];
            /**
             * Format: int64
             * @description How much there is; only where the code is `entitlement_exceeded`.
             */
            current?: number;
            /**
             * Format: int32
             * @description The version that the resource has now; only where the code is `version_conflict`.
             */
            current_version?: number;
            /** @description This occurrence, for people. */
            detail: string;
            /** @description What the plan has too little of; only where the code is `entitlement_exceeded`. */
            entitlement?: components["schemas"]["Entitlement"];
            /** @description Every wrong field; only where the code is `invalid`. */
            errors?: components["schemas"]["FieldError"][];
            /**
             * Format: int64
             * @description How much the plan allows; only where the code is `entitlement_exceeded`.
             */
            limit?: number;
            /** @description The request, for asking us about it; also in the `x-request-id` header. */
            request_id: string;
            /**
             * Format: int32
             * @description The HTTP status again.
             */
            status: number;
            /** @description The kind of problem, for people. */
            title: string;
            /** @description Names the kind of problem; always `about:blank`, the code says more. */
            type: string;
        };
        /** @description What a frontend has to know before anybody signs in. */
        PublicConfig: {
            /** @description Where the frontend lives. */
            app_url: string | null;
            /** @description What this installation offers. */
            features: components["schemas"]["Features"];
            /** @description Where browsers report their errors. */
            sentry_dsn: string | null;
            /** @description The version of the platform. */
            version: string;
            /** @description Where the gateway is reached. */
            ws_url: string | null;
        };
        /**
         * @description Why a bot wants an order; with deal, level and attempt it is the order's unique key within the bot.
         * @enum {string}
         */
        Purpose: "interval" | "base" | "safety" | "take_profit" | "trailing" | "stop_loss" | "close" | "grid_start" | "grid_buy" | "grid_sell";
        /** @description What a plan is to be. A limit that is null is none. */
        PutPlan: {
            /** @description What it is for; may be empty. */
            description: string;
            /** @description What it allows. */
            entitlements: components["schemas"]["Entitlements"];
            /** @description Whether it can be subscribed to; who has it keeps it. */
            is_offered: boolean;
            /** @description What people call it. */
            name: string;
            /**
             * Format: int32
             * @description Where it stands among the others, smallest first.
             */
            position: number;
            /** @description Its price at Stripe, one that recurs; null: it cannot be bought. */
            stripe_price_id: string | null;
            /**
             * Format: int32
             * @description The version that is changed, or `If-Match`; neither for a new plan.
             */
            version?: number;
        };
        /** @description One combination and what it came to. */
        Ranked: {
            figure: components["schemas"]["Amount"] | null;
            /** @description All figures; the equity series is left out. */
            summary: components["schemas"]["Summary"];
            /** @description The value of each field, in the order of the request. */
            values: unknown[];
        };
        /** @description A token for the gateway. */
        RealtimeToken: {
            /**
             * Format: date-time
             * @description When the token expires.
             */
            expires_at: string;
            /** @description For `hello` and `refresh` on the socket. Nothing here takes it. */
            token: string;
            /** @description Where the gateway is reached. */
            ws_url: string | null;
        };
        /**
         * @description The reasons without what belongs to some of them.
         * @enum {string}
         */
        ReasonCode: "bought" | "sold" | "purchase_due" | "purchase_missed" | "price_outside_limits" | "total_reached" | "end_reached" | "volume_too_low" | "volume_unknown" | "exit_not_viable" | "deal_start" | "too_many_deals" | "cooldown" | "not_running" | "deals_done" | "trailing_armed" | "trailing_triggered" | "trailing_reset" | "stop_loss_touched" | "stop_loss_triggered" | "stop_loss_recovered" | "stopped_by_stop_loss" | "waiting_for_trigger" | "beyond_exit" | "line_crossed" | "grid_moved" | "exit_price_reached" | "order_rejected" | "waiting_for_funds" | "funds_back" | "late_fill" | "stale_price" | "account_suspended" | "feed_ended" | "insufficient_unowned_base" | "exit_signal" | "warming_up" | "conditions_not_met" | "low_confidence" | "entry_and_exit" | "candles_too_long" | "max_hold_reached" | "entry_timed_out" | "signal_too_late" | "signal_ignored" | "signal_overtaken" | "nothing_to_close" | "signal_applied" | "amount_not_supported" | "insufficient_funds";
        /** @description Codes that take the place of the authenticator's, each once. They are not shown again. */
        RecoveryCodes: {
            /** @description The recovery codes, each good once. */
            recovery_codes: string[];
        };
        /** @description A refresh token, where it is not in the cookie. */
        RefreshRequest: {
            /** @description The token; the new ones are in the body of the answer then. */
            refresh_token: string;
        };
        /** @description A combination that was not played. */
        RefusedCombination: {
            /** @description What is wrong with the configuration, as a backtest of it would say. */
            findings: components["schemas"]["ConfigFinding"][];
            /** @description The value of each field, in the order of the request. */
            values: unknown[];
        };
        /** @description The account that was made. */
        Registered: {
            session: components["schemas"]["SessionInfo"] | null;
            /** @description The account that was made. */
            user: components["schemas"]["UserProfile"];
        };
        /** @description An account, when it is made. One that an operator made on the console has id, address and role alone. */
        RegisteredUser: {
            /**
             * Format: date-time
             * @description When the account was made.
             */
            created_at?: string;
            /** @description What others see; may be empty. */
            display_name?: string;
            /**
             * Format: email
             * @description The address, in its normal form.
             */
            email: string;
            /** @description Whether the owner of the address has answered. */
            email_verified?: boolean;
            /**
             * Format: uuid
             * @description Id of the account.
             */
            id: string;
            /** @description What the user may do. */
            role: components["schemas"]["RoleName"];
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at?: string;
            /**
             * Format: int32
             * @description Raised by each change; sent back with the next one.
             */
            version?: number;
        };
        /** @description A new account. */
        RegisterRequest: {
            /** @description What others see. No control characters, no space at either end. */
            display_name?: string;
            /**
             * Format: email
             * @description The address; one account each, compared without regard to case.
             */
            email: string;
            /**
             * Format: password
             * @description 12 to 128 characters, and not one that is guessed soon.
             */
            password: string;
            /** @description Where the tokens go; into cookies unless said otherwise. */
            tokens?: components["schemas"]["TokenDelivery"];
        };
        /**
         * @description Whether accounts can be made.
         * @enum {string}
         */
        Registration: "open" | "closed";
        /**
         * @description Why an order was not accepted, by us or by the venue.
         * @enum {string}
         */
        RejectCode: "price_off_tick" | "price_outside_band" | "price_not_positive" | "quantity_off_lot" | "below_min_quantity" | "above_max_quantity" | "below_min_notional" | "above_max_notional" | "too_many_orders" | "insufficient_balance" | "would_take" | "market_closed" | "refused";
        /** @description A new password and the leave to set it. */
        ResetPasswordRequest: {
            /**
             * Format: password
             * @description 12 to 128 characters, and not one that is guessed soon.
             */
            password: string;
            /** @description What stands behind `#token=` in the link, and in the mail as code. */
            token: string;
        };
        /**
         * @description Why the events after a position cannot be had: fetch the resources themselves, and go on from `last_seq`.
         * @enum {string}
         */
        Resync: "too_old" | "epoch";
        /**
         * @description Why a login was ended.
         * @enum {string}
         */
        RevokeReason: "logout" | "revoked" | "token_reused" | "admin" | "logout_all" | "password_changed" | "password_reset" | "account_deleted" | "address_proven" | "second_factor_enabled";
        /** @description The role that an account is to have. */
        RoleChange: {
            /** @description What the user may do from now on. */
            role: components["schemas"]["RoleName"];
            /**
             * Format: int32
             * @description The version that is changed; may be given as `If-Match` instead.
             */
            version?: number;
        };
        /**
         * @description What a user may do.
         * @enum {string}
         */
        RoleName: "user" | "admin" | "superadmin";
        /** @description Other keys for a connection. */
        RotateCredentials: {
            /**
             * @description Takes keys of another account although bots of this connection trade at the account before. Their orders are left there:
             *     nobody watches them any more.
             * @default false
             */
            abandon_orders: boolean;
            /** @description The key that the exchange shows. */
            key: string;
            /**
             * Format: password
             * @description Its passphrase; OKX only.
             */
            passphrase?: string;
            /**
             * Format: password
             * @description Secret of the key.
             */
            secret: string;
            /**
             * Format: int32
             * @description The version that is changed; may be given as `If-Match` instead.
             */
            version?: number;
        };
        /** @description Orders that average down below the first one. */
        SafetyOrders: {
            /**
             * Format: int32
             * @description How many rest in the book at once; all when absent.
             */
            active_count?: number | null;
            /** @description In place of volume, step, count and coefficients: every order by itself. */
            custom_steps?: components["schemas"]["CustomStep"][] | null;
            /** @description From what each step is measured. */
            deviation_reference?: components["schemas"]["DeviationReference"];
            /**
             * Format: int32
             * @description How many, 0–200.
             */
            max_count: number;
            /** @description Each step is the one before times this, 0.1–10. */
            step_coefficient?: components["schemas"]["Amount"];
            /** @description Percent between the first order and the first safety order, 0.1–50. */
            step_percentage: components["schemas"]["Amount"];
            /** @description Quote of the first safety order, fee not counted. */
            volume: components["schemas"]["Amount"];
            /** @description Each volume is the one before times this, 0.1–10. */
            volume_coefficient?: components["schemas"]["Amount"];
        };
        /** @description A field of the configuration and the values that it takes. */
        SearchField: {
            /**
             * @description JSON pointer into `config`.
             * @example /take_profit/percentage
             */
            pointer: string;
            /** @description The values, each as the field itself would take it. */
            values: unknown[];
        };
        /** @description What a search found. */
        SearchResult: {
            /** @description The best, best first. Those for which the figure has no meaning come last. */
            best: components["schemas"]["Ranked"][];
            /**
             * Format: int32
             * @description How many combinations were played.
             */
            played: number;
            /** @description Why each of them was left out. */
            refusals?: components["schemas"]["RefusedCombination"][];
            /**
             * Format: int32
             * @description Combinations left out, because they make no valid configuration.
             */
            refused: number;
        };
        /** @description A backtest over and over, each time with other values in its configuration. */
        SearchSpec: {
            /** @description What is varied. */
            backtest: components["schemas"]["BacktestSpec"];
            /** @description The fields that vary: every combination of their values is played, at most 500. */
            fields: components["schemas"]["SearchField"][];
            /**
             * Format: int32
             * @description How many of the best are kept.
             */
            keep?: number;
            /** @description The figure that decides which is best. */
            rank_by: components["schemas"]["Figure"];
        };
        /** @description Data of `second_factor.disabled`. */
        SecondFactorDisabled: {
            /** @description Why it went together with the logins of its user; absent where it was disabled by itself. */
            reason?: components["schemas"]["RevokeReason"];
        };
        /** @description Data of `second_factor.enabled`: nothing. */
        SecondFactorEnabled: Record<string, never>;
        /** @description What is asked for after the right password of an account with a second factor. */
        SecondFactorRequired: {
            /** @description For `POST /api/v1/auth/login/totp`, together with a code. */
            challenge: string;
            /**
             * Format: date-time
             * @description Until when the challenge can be answered.
             */
            expires_at: string;
            /** @description Always `second_factor_required`: the session begins after the next step. */
            status: string;
        };
        /** @description Something that concerned the safety of the account. */
        SecurityLogRow: {
            /** @description Where the caller was. */
            address: string | null;
            /** @description What the caller was. */
            agent: string | null;
            /**
             * Format: date-time
             * @description When it happened.
             */
            created_at: string;
            /** @description More about it. */
            detail: Record<string, never>;
            /**
             * Format: uuid
             * @description Id of the entry.
             */
            id: string;
            /**
             * @description What happened, for programs.
             * @example logged_in
             */
            kind: string;
        };
        /** @description Data of `session.created`. */
        SessionCreated: {
            /**
             * Format: uuid
             * @description Id of the session.
             */
            session: string;
        };
        /** @description What a caller learns of its session. */
        SessionInfo: {
            /**
             * Format: date-time
             * @description When the access token ends.
             */
            access_expires_at: string;
            /**
             * Format: uuid
             * @description Id of the session.
             */
            id: string;
            /**
             * Format: date-time
             * @description When the session ends unless it is refreshed.
             */
            refresh_expires_at: string;
            tokens: components["schemas"]["Tokens"] | null;
        };
        /** @description Data of `session.revoked`. */
        SessionRevoked: {
            /** @description Why it was ended. */
            reason: components["schemas"]["RevokeReason"];
            /**
             * Format: uuid
             * @description Id of the session.
             */
            session: string;
        };
        /** @description A session of the user. */
        SessionRow: {
            /** @description From where it was last renewed. */
            address: string | null;
            /** @description With what it was last renewed. */
            agent: string | null;
            /**
             * Format: date-time
             * @description When the user signed in.
             */
            created_at: string;
            /** @description Whether this request came in it. */
            current: boolean;
            /**
             * Format: date-time
             * @description When it ends unless it is renewed.
             */
            expires_at: string;
            /**
             * Format: uuid
             * @description Id of the session.
             */
            id: string;
            /**
             * Format: date-time
             * @description When it was last renewed.
             */
            last_used_at: string;
        };
        /** @description Maintenance mode, on or off. */
        SetMaintenance: {
            /** @description On or off. */
            enabled: boolean;
            /** @description What everybody but admins is told. */
            message?: string;
            /**
             * Format: int32
             * @description When everybody but admins should come back, in seconds; 300 by default.
             */
            retry_after_s?: number;
        };
        /**
         * @description Whether a finding forbids the configuration.
         * @enum {string}
         */
        Severity: "error" | "warning";
        /**
         * @description Which way base moves.
         * @enum {string}
         */
        Side: "buy" | "sell";
        /** @description A signal, as its bot's user sees it. */
        Signal: {
            /**
             * @description What it asked for.
             * @example enter_long
             */
            action: string;
            amount: components["schemas"]["SignalAmount"] | null;
            /**
             * Format: date-time
             * @description When its outcome was known.
             */
            applied_at: string | null;
            confidence: components["schemas"]["Amount"] | null;
            /**
             * Format: uuid
             * @description Id of the signal; decisions name it.
             */
            id: string;
            /** @description What became of it. */
            outcome: components["schemas"]["SignalOutcome"];
            /**
             * @description Why it had no effect: the code of a decision, or of an error.
             * @example signal_too_late
             */
            reason: string | null;
            /**
             * Format: date-time
             * @description When it came.
             */
            received_at: string;
            /**
             * Format: date-time
             * @description When its sender says that it was sent.
             */
            sent_at: string | null;
            /** @description What its sender calls it. */
            signal_id: string | null;
        };
        /**
         * @description What a signal can ask for on spot.
         * @enum {string}
         */
        SignalAction: "enter_long" | "exit_long" | "close_at_market" | "close_at_market_all" | "disable" | "enable";
        /** @description How much a signal asks for. */
        SignalAmount: components["schemas"]["SignalAmountQuote"] | components["schemas"]["SignalAmountBase"] | components["schemas"]["SignalAmountFreePercent"] | components["schemas"]["SignalAmountPositionPercent"];
        /** @description To buy a quantity of base. */
        SignalAmountBase: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "base";
            /** @description Base to buy, before fees. */
            value: components["schemas"]["Amount"];
        };
        /** @description To buy for a part of the free quote. */
        SignalAmountFreePercent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "free_percent";
            /** @description Percent, above 0 and at most 100. */
            value: components["schemas"]["Amount"];
        };
        /** @description To sell a part of what the deals hold. */
        SignalAmountPositionPercent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "position_percent";
            /** @description Percent, above 0 and at most 100. */
            value: components["schemas"]["Amount"];
        };
        /** @description To buy for a sum of quote, fee not counted. */
        SignalAmountQuote: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "quote";
            /** @description Quote to spend, fee not counted. */
            value: components["schemas"]["Amount"];
        };
        /**
         * @description What a signal to enter does while a deal is open.
         * @enum {string}
         */
        SignalInPosition: "ignore" | "add";
        /**
         * @description What became of a signal.
         * @enum {string}
         */
        SignalOutcome: "accepted" | "applied" | "refused";
        /** @description A secret, shown this once. */
        SignalSecret: {
            /**
             * @description Where signals are sent, below the address of this installation.
             * @example /api/v1/hooks/0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071
             */
            path: string;
            /**
             * @description What signals prove themselves with.
             * @example bbs_4mDqPz0S2Yc8b1QvKk7x5nWfT3uJrE6hLaGdN9sXoUI
             */
            secret: string;
        };
        /** @description A signed-in user and the session. */
        SignedIn: {
            /** @description The session that was begun or renewed. */
            session: components["schemas"]["SessionInfo"];
            /** @description The account that is signed in. */
            user: components["schemas"]["UserProfile"];
        };
        /** @description A socket that has said hello. */
        SocketRow: {
            /** @description The client's address. */
            address: string;
            /**
             * Format: int64
             * @description Its number at that gateway.
             */
            id: number;
            /** @description The gateway that it is open at: different after each of its starts. */
            node: string;
            /**
             * Format: date-time
             * @description When it was opened.
             */
            opened_at: string;
            /**
             * Format: uuid
             * @description The login of its token: a session, an API token or the frontend's sessions.
             */
            session_id: string;
        };
        /**
         * @description How lines are spaced.
         * @enum {string}
         */
        Spacing: "arithmetic" | "geometric";
        Speed: number | "flat_out";
        /**
         * @description What opens a deal.
         * @enum {string}
         */
        StartCondition: "immediate" | "signal";
        /** @description Why the status of an account is changed. */
        StatusChange: {
            /** @description Told to the user, and kept in the security log. */
            reason: string;
        };
        /**
         * @description Whether an account may be used.
         * @enum {string}
         */
        StatusName: "active" | "suspended" | "banned";
        /** @description Until when it counts. */
        SteppedUpUntil: {
            /**
             * Format: date-time
             * @description Until then this session may do what needs a fresh second factor.
             */
            stepped_up_until: string;
        };
        /** @description That it is the user: a code where a second factor is enabled, else the password. */
        StepUpRequest: {
            /** @description Six digits of the authenticator, or a recovery code. */
            code?: string;
            /**
             * Format: password
             * @description The password of the account.
             */
            password?: string;
        };
        /**
         * @description What becomes of the bot after a stop-loss.
         * @enum {string}
         */
        StopAction: "stop_loss" | "stop_loss_and_disable_bot";
        /**
         * @description What becomes of the base when a grid ends.
         * @enum {string}
         */
        StopBase: "keep" | "sell";
        /** @description When to sell with a loss. */
        StopLoss: {
            /** @description What becomes of the bot. */
            action?: components["schemas"]["StopAction"];
            /** @description Percent below the reference, above 0 and below 100. */
            percentage: components["schemas"]["Amount"];
            /** @description The price that the loss is measured from. */
            reference?: components["schemas"]["StopReference"];
            /**
             * Format: int32
             * @description Seconds that the price must stay there, 0–86,400. They begin anew when the price recovers or the stop moves.
             */
            timeout_s?: number;
            /** @description Moves to break-even once a take-profit step is sold whole. */
            to_breakeven?: boolean;
            /** @description Follows the price up, always `percentage` below its peak. */
            trailing?: boolean;
        };
        /**
         * @description What becomes of what is open when a bot stops.
         * @enum {string}
         */
        StopMode: "finish" | "keep" | "sell";
        /** @description What was stopped. */
        Stopped: {
            /** @description The bots that were told to stop. */
            bots: string[];
        };
        /**
         * @description Below what the stop-loss lies.
         * @enum {string}
         */
        StopReference: "average" | "base";
        /** @description How a bot ends. */
        StopRequest: {
            /**
             * @description What becomes of what is open: `finish` lets deals run to their end, `keep` cancels orders and keeps the base,
             *     `sell` sells it at market.
             */
            mode?: components["schemas"]["StopMode"];
        };
        /** @description Two sides and how they are compared. */
        StrategyCondition: {
            /** @description The left side: an indicator or a price. */
            left: components["schemas"]["StrategyOperand"];
            /** @description How they are compared. */
            operator: components["schemas"]["Operator"];
            /** @description The right side: an indicator, a price or a number. */
            right: components["schemas"]["StrategyOperand"];
            /**
             * Format: int32
             * @description How much it counts in the confidence of the rule, 1–100.
             * @default 1
             */
            weight: number;
        };
        /** @description Conditions that count as one. */
        StrategyGroup: {
            /** @description The conditions of the group. */
            conditions: components["schemas"]["StrategyCondition"][];
            /** @description Whether every condition has to hold, or one of them is enough. */
            match?: components["schemas"]["StrategyMatch"];
            /**
             * Format: int32
             * @description How much it counts in the confidence of the rule, 1–100.
             * @default 1
             */
            weight: number;
        };
        /**
         * @description How many of several conditions have to hold.
         * @enum {string}
         */
        StrategyMatch: "all" | "any";
        /**
         * @description One side of a condition: an indicator, a price of the candle, or a number. Exactly one of `indicator`, `price` and `value`;
         *     the other fields are parameters of the indicator.
         */
        StrategyOperand: {
            deviations?: components["schemas"]["Amount"] | null;
            /**
             * Format: int32
             * @description Candles of the fast average of `macd`, 2–200; 12 where it is absent.
             */
            fast?: number | null;
            /**
             * @description `sma`, `ema`, `wma`, `rsi`, `macd`, `bollinger`, `atr`, `adx`, `stochastic`, `roc`, `mom`, `vwap`, `obv`, `donchian`,
             *     `supertrend`, `volume_ratio` or `volume`.
             * @example ema
             */
            indicator?: string | null;
            /**
             * @description Length of the candles: `1m`, `3m`, `5m`, `15m`, `30m`, `1h`, `4h` or `1d`; that of the bot where it is absent.
             * @example 1h
             */
            interval?: string | null;
            /**
             * @description Which line: `macd`, `signal` or `histogram` of `macd`; `upper`, `middle` or `lower` of `bollinger` and `donchian`; `adx`,
             *     `plus_di` or `minus_di` of `adx`; `k` or `d` of `stochastic`; `value` or `direction` (1 or -1) of `supertrend`. The one
             *     named first where it is absent.
             */
            line?: string | null;
            multiplier?: components["schemas"]["Amount"] | null;
            /**
             * Format: int32
             * @description Candles between the channel of `donchian` and now, 0–100; 0 where it is absent. A close leaves only the channel of a
             *     candle before.
             */
            offset?: number | null;
            /**
             * Format: int32
             * @description Candles, 2–400 (of `roc` and `mom` 1–400). Needed by `sma`, `ema` and `wma`; else 14 (`rsi`, `atr`, `adx`,
             *     `stochastic`), 20 (`bollinger`, `donchian`, `volume_ratio`) or 10 (`roc`, `mom`, `supertrend`).
             */
            period?: number | null;
            /** @description `close`, `open`, `high`, `low`, or `typical`, which is `(high + low + close) / 3`. */
            price?: string | null;
            /**
             * Format: int32
             * @description Values in the signal of `macd`, 2–200; 9 where it is absent.
             */
            signal?: number | null;
            /**
             * Format: int32
             * @description Candles of the slow average of `macd`, 3–400; 26 where it is absent.
             */
            slow?: number | null;
            /**
             * Format: int32
             * @description Values in the average `d` of `stochastic`, 1–100; 3 where it is absent.
             */
            smooth_d?: number | null;
            /**
             * Format: int32
             * @description Values in the average `k` of `stochastic`, 1–100; 3 where it is absent.
             */
            smooth_k?: number | null;
            /** @description What an average is taken of: a price, or `volume`; `close` where it is absent. */
            source?: string | null;
            value?: components["schemas"]["Amount"] | null;
        };
        /** @description Conditions, and groups of them, that decide together. */
        StrategyRule: {
            /** @description The conditions, with those of all groups at most 20. */
            conditions?: components["schemas"]["StrategyCondition"][];
            /** @description Groups, each of which counts as one condition. */
            groups?: components["schemas"]["StrategyGroup"][];
            /** @description Whether every condition and group has to hold, or one of them is enough. */
            match?: components["schemas"]["StrategyMatch"];
        };
        /** @description How much a deal buys. */
        StrategySize: components["schemas"]["StrategySizeQuote"] | components["schemas"]["StrategySizeBase"] | components["schemas"]["StrategySizeEquity"] | components["schemas"]["StrategySizeRisk"];
        /** @description A quantity of base. */
        StrategySizeBase: {
            /** @description The quantity, in base. */
            amount: components["schemas"]["Amount"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "base";
        };
        /** @description A part of the equity: free quote of the account, and what the bot holds at the price. */
        StrategySizeEquity: {
            /** @description Percent, above 0 and at most 100. */
            amount: components["schemas"]["Amount"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "equity";
        };
        /** @description A sum of quote. */
        StrategySizeQuote: {
            /** @description How much, fee not counted. */
            amount: components["schemas"]["Amount"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "quote";
        };
        /**
         * @description So much that the stop-loss loses a part of the equity, fees not counted: equity × percent / stop-loss percentage. At most
         *     the free quote.
         */
        StrategySizeRisk: {
            /** @description Percent, above 0 and at most 100. */
            amount: components["schemas"]["Amount"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "risk";
        };
        /**
         * @description Where a subscription stands: Stripe's words, and `none` for who never had one.
         * @enum {string}
         */
        SubscriptionStatus: "none" | "incomplete" | "incomplete_expired" | "trialing" | "active" | "past_due" | "unpaid" | "paused" | "canceled";
        /** @description What a backtest came to. Figures that have no meaning for the run are null. */
        Summary: {
            /** @description The type of the bot. */
            bot: components["schemas"]["BotKind"];
            /**
             * Format: int64
             * @description Deals that were closed.
             */
            closed_deals: number;
            /** @description Equity over time, at most 1,000 points. */
            equity: components["schemas"]["EquitySample"][];
            /** @description Fees paid, as value in quote. */
            fees: components["schemas"]["Amount"];
            /** @description Figures of equity and closed trades. */
            figures: components["schemas"]["Figures"];
            /**
             * Format: int64
             * @description Orders that were filled, in whole or in part.
             */
            fills: number;
            /**
             * Format: date-time
             * @description Open time of the first candle.
             */
            from: string;
            /** @description What was played. */
            market: components["schemas"]["MarketReport"];
            /** @description Base held at the end, and its cost. */
            position: components["schemas"]["Position"];
            /** @description Profit booked, in quote, fees off. */
            realised: components["schemas"]["Amount"];
            /** @description Its status at the end. */
            status: components["schemas"]["BotStatus"];
            /** @description What was traded. */
            symbol: components["schemas"]["Symbol"];
            time_in_market: components["schemas"]["Amount"] | null;
            /**
             * Format: date-time
             * @description Close time of the last candle.
             */
            to: string;
            /** @description Profit of what is held, at the last price, in quote. */
            unrealised: components["schemas"]["Amount"];
            unrealised_after_fee: components["schemas"]["Amount"] | null;
            /** @description Price × quantity of all fills, in quote. */
            volume: components["schemas"]["Amount"];
        };
        /** @description Everything that can be switched. */
        Switches: {
            /** @description Whether only admins are served. */
            maintenance: components["schemas"]["Maintenance"];
            /** @description Whether accounts can be made. */
            registration: components["schemas"]["Registration"];
            /**
             * Format: int32
             * @description Raised by each change, but for those of maintenance.
             */
            version: number;
        };
        /** @example BTC-USDT */
        Symbol: string;
        /** @description The markets of a connection. */
        Symbols: {
            /** @description Each with its rules. */
            data: components["schemas"]["Market"][];
        };
        /** @description Base for a new deal. */
        TakeOverRequest: {
            /** @description What a unit of it cost, in quote; the market's price where it is absent. */
            price?: components["schemas"]["Amount"];
            /** @description Base that the deal begins with: a multiple of the market's lot. */
            quantity: components["schemas"]["Amount"];
        };
        /** @description When to sell with a profit. Exactly one of `percentage` and `steps`. */
        TakeProfit: {
            percentage?: components["schemas"]["Amount"] | null;
            /** @description Of what the percentage is. */
            reference?: components["schemas"]["TakeProfitReference"];
            /** @description Sells in parts: one after the other, lowest first. */
            steps?: components["schemas"]["TakeProfitStep"][];
            trailing_deviation?: components["schemas"]["Amount"] | null;
        };
        /**
         * @description Of what the take-profit percentage is.
         * @enum {string}
         */
        TakeProfitReference: "total" | "base";
        /** @description A part of the take-profit. */
        TakeProfitStep: {
            /** @description Percent of profit after fees, above 0 and at most 1000. */
            percentage: components["schemas"]["Amount"];
            /** @description Percent of the position to sell; all steps make 100. */
            share: components["schemas"]["Amount"];
        };
        /** @description A bot whose configuration was just tested. */
        TestedBot: components["schemas"]["Bot"] & {
            /** @description What is allowed but worth a second look; empty where nothing is. */
            warnings: components["schemas"]["FieldError"][];
        };
        /** @description The newest price. */
        Ticker: {
            /**
             * Format: date-time
             * @description When, on the clock of the data.
             */
            at: string | null;
            price: components["schemas"]["Amount"] | null;
            /** @description Symbol of the market. */
            symbol: string;
        };
        /**
         * @description How long a limit order may wait.
         * @enum {string}
         */
        TimeInForce: "good_till_cancelled" | "immediate_or_cancel" | "post_only";
        /**
         * @description Where the tokens of a session go.
         * @enum {string}
         */
        TokenDelivery: "cookie" | "body";
        /** @description The secret of a link. */
        TokenRequest: {
            /** @description What stands behind `#token=` in the link, and in the mail as code. */
            token: string;
        };
        /** @description A token, without the token itself. */
        TokenRow: {
            /** @description Networks from which it is taken; from everywhere where empty. */
            allowlist: string[];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it ends.
             */
            expires_at: string;
            /** @description The end of the token. */
            hint: string;
            /**
             * Format: uuid
             * @description Id of the token.
             */
            id: string;
            /** @description From where it was last used. */
            last_used_address: string | null;
            /**
             * Format: date-time
             * @description When it was last used, to the minute; null where it never was.
             */
            last_used_at: string | null;
            /** @description What it is called. */
            name: string;
            /** @description `read`, `trade`, `admin`. */
            scopes: components["schemas"]["TokenScope"][];
        };
        /** @description The tokens of a session; only for callers that asked for them in the body. */
        Tokens: {
            /** @description For `Authorization: Bearer`. */
            access_token: string;
            /** @description For `POST /api/v1/auth/refresh`, once. */
            refresh_token: string;
        };
        /**
         * @description What a token is good for. None includes another.
         * @enum {string}
         */
        TokenScope: "read" | "trade" | "admin";
        /** @description A secret for an authenticator app. It is not shown again. */
        TotpEnrolment: {
            /** @description The secret in base32, for typing. */
            secret: string;
            /** @description The same as an `otpauth://` URI, for a QR code. */
            uri: string;
        };
        /** @description How the account's second factor stands. */
        TotpStatus: {
            /** @description Whether codes are asked for. */
            enabled: boolean;
            /**
             * Format: date-time
             * @description Since when; null where they are not.
             */
            enabled_at: string | null;
            /**
             * Format: int64
             * @description Recovery codes that are still good.
             */
            recovery_codes_left: number;
        };
        /** @description Results of closed trades: deals of a DCA bot, matched pairs of a grid. */
        TradeStats: {
            best: components["schemas"]["Amount"] | null;
            /**
             * Format: int64
             * @description All closed trades; those that broke even count here only.
             */
            count: number;
            /** @description Sum of the losses, in quote, not negative. */
            gross_loss: components["schemas"]["Amount"];
            /** @description Sum of the profits, in quote. */
            gross_profit: components["schemas"]["Amount"];
            /**
             * Format: int64
             * @description Trades with a loss.
             */
            losses: number;
            /**
             * Format: int64
             * @description Trades with a profit.
             */
            wins: number;
            worst: components["schemas"]["Amount"] | null;
        };
        /** @description A change of a bot. What is left out stays. */
        UpdateBot: {
            /** @description What it does: from its next start on, or in deals that a running one opens from now on. Of the same type as before. */
            config?: components["schemas"]["BotConfig"];
            /** @description The user's name for it. */
            name?: string;
            /**
             * Format: int32
             * @description The version that is changed; may be given as `If-Match` instead.
             */
            version?: number;
        };
        /** @description Another label for a connection. */
        UpdateConnection: {
            /** @description The user's name for it. */
            label: string;
            /**
             * Format: int32
             * @description The version that is changed; may be given as `If-Match` instead.
             */
            version?: number;
        };
        /** @description A change of the profile. */
        UpdateMe: {
            /** @description What others see. No control characters, no space at either end; empty takes the name away. */
            display_name: string;
            /**
             * Format: int32
             * @description The version that is changed; may be given as `If-Match` instead.
             */
            version?: number;
        };
        /** @description A change of the settings. What is not there stays. */
        UpdatePreferences: {
            /** @description Language and region, as BCP 47 names them: `en`, `pt-BR`, `zh-Hant-TW`. */
            locale?: string;
            /** @description What the user wants to hear of. Events that are not named stay as they are. */
            notifications?: components["schemas"]["NotificationPreferences"];
            /** @description In what sums are shown, such as `USDT` or `EUR`. */
            quote_currency?: string;
            /** @description A zone of the IANA database, such as `Europe/Vienna`. */
            timezone?: string;
            /**
             * Format: int32
             * @description The version that is changed; may be given as `If-Match` instead.
             */
            version?: number;
        };
        /** @description A change of the switches. What is left out stays. */
        UpdateSettings: {
            /** @description Whether accounts can be made. Cannot be opened where the operator has set `REGISTRATION=closed`. */
            registration?: components["schemas"]["Registration"];
            /**
             * Format: int32
             * @description The version that is changed; may be given as `If-Match` instead.
             */
            version?: number;
        };
        /** @description What a user has of what is counted. */
        Usage: {
            /**
             * Format: int64
             * @description Deals that those may have open together.
             */
            active_deals: number;
            /**
             * Format: int64
             * @description How many bots there are.
             */
            bots: number;
            /**
             * Format: int64
             * @description How many connections there are.
             */
            connections: number;
            /**
             * Format: int64
             * @description Bots that work: neither at rest nor paused.
             */
            working_bots: number;
        };
        /** @description An account, as its user sees it. */
        UserProfile: {
            /**
             * Format: date-time
             * @description When the account was made.
             */
            created_at: string;
            /** @description What others see; may be empty. */
            display_name: string;
            /**
             * Format: email
             * @description The address, in its normal form.
             */
            email: string;
            /** @description Whether the owner of the address has answered. */
            email_verified: boolean;
            /**
             * Format: uuid
             * @description Id of the account.
             */
            id: string;
            /** @description What the user may do. */
            role: components["schemas"]["RoleName"];
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /**
             * Format: int32
             * @description Raised by each change; sent back with the next one.
             */
            version: number;
        };
        /** @description Data of `user.registered`. */
        UserRegistered: {
            /** @description The account that was made. */
            user: components["schemas"]["RegisteredUser"];
        };
        /** @description Data of `user.updated`: what changed of the account, and its version after that. */
        UserUpdated: {
            /** @description What others see; may be empty. */
            display_name?: string;
            /**
             * Format: email
             * @description The address, in its normal form.
             */
            email?: string;
            /** @description Whether the owner of the address has answered. */
            email_verified?: boolean;
            /** @description The user's own settings. */
            preferences?: components["schemas"]["PreferencesDocument"];
            /** @description Why `status` changed, as the admin put it. */
            reason?: string;
            /** @description What the user may do. */
            role?: components["schemas"]["RoleName"];
            /** @description Whether the account may be used. */
            status?: components["schemas"]["StatusName"];
            /**
             * Format: int32
             * @description The account's version.
             */
            version: number;
        };
        /**
         * @description Where orders go.
         * @enum {string}
         */
        Venue: "paper" | "binance" | "okx";
        /** @description A place to trade. */
        VenueInfo: {
            /** @description Its exchanges, as this copy of the api sees them; none of a paper account and of what is not supported. */
            exchanges: components["schemas"]["ExchangeState"][];
            /** @description Its name for people. */
            name: string;
            /** @description Whether connections to it can be made. */
            supported: boolean;
            /** @description Name of the venue, for programs. */
            venue: components["schemas"]["Venue"];
        };
        /** @description All venues that the platform knows. */
        Venues: {
            /** @description Each of them. */
            data: components["schemas"]["VenueInfo"][];
        };
        /** @description Size of the first order. */
        Volume: components["schemas"]["VolumeQuote"] | components["schemas"]["VolumeBase"] | components["schemas"]["VolumePercent"];
        /** @description A quantity of base. */
        VolumeBase: {
            /** @description The quantity, in base. */
            amount: components["schemas"]["Amount"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "base";
        };
        /** @description A part of the free quote. */
        VolumePercent: {
            /** @description Percent, above 0 and at most 100. */
            amount: components["schemas"]["Amount"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "percent";
        };
        /** @description A sum of quote. */
        VolumeQuote: {
            /** @description How much, fee not counted. */
            amount: components["schemas"]["Amount"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            unit: "quote";
        };
        /**
         * @description Day of the week.
         * @enum {string}
         */
        Weekday: "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";
        /** @description How much of a limit is used. */
        WeightUse: {
            /**
             * Format: int64
             * @description Length of the window that the limit is for, in seconds.
             */
            interval_s: number;
            /**
             * Format: int32
             * @description The most that the exchange takes in a window.
             */
            limit: number;
            /**
             * Format: int32
             * @description Weight of the requests in the current window.
             */
            used: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
